package ir

// Children are the expressions that an expression is directly made of.
func Children(e Expr) []Expr {
	switch e := e.(type) {
	case Lookup:
		return []Expr{e.Key}
	case Unary:
		return []Expr{e.X}
	case Binary:
		return []Expr{e.X, e.Y}
	case Cond:
		return []Expr{e.Test, e.Then, e.Else}
	case Call:
		return e.Args
	case Item:
		return []Expr{e.X, e.Key}
	case List:
		return e.Items
	case Dict:
		list := make([]Expr, 0, 2*len(e.Keys))
		for i := range e.Keys {
			list = append(list, e.Keys[i], e.Values[i])
		}
		return list
	case Concat:
		return e.Parts
	case Require:
		return []Expr{e.X}
	}
	return nil
}
