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
	case Apply:
		list := []Expr{e.X}
		if e.Attr != nil {
			list = append(list, e.Attr)
		}
		return append(list, e.Args...)
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
	case About:
		return []Expr{e.X}
	case Require:
		return []Expr{e.X}
	case Captures:
		return []Expr{e.X}
	case Regex:
		return []Expr{e.X}
	}
	return nil
}

// AllSteps are the steps of a program, those of its outputs and those inside
// of others included.
func AllSteps(p *Program) []Step {
	all := withInner(p.Steps)
	for _, out := range p.Outputs {
		all = append(all, withInner(out.Steps)...)
	}
	return all
}

func withInner(steps []Step) (all []Step) {
	for _, s := range steps {
		all = append(all, s)
		for _, op := range s.Ops {
			switch op := op.(type) {
			case Group:
				all = append(all, withInner(op.Steps)...)
			case ForEach:
				all = append(all, withInner(op.Steps)...)
			}
		}
	}
	return all
}

// VisitOps visits operations and those inside of them that are about the same
// message: not those of an each.
func VisitOps(ops []Op, visit func(Op)) {
	for _, op := range ops {
		visit(op)
		switch op := op.(type) {
		case If:
			VisitOps(op.Then, visit)
			VisitOps(op.Else, visit)
		case Group:
			for _, step := range op.Steps {
				VisitOps(step.Ops, visit)
			}
		}
	}
}

// Exprs are the expressions that an operation is directly made of.
func Exprs(op Op) []Expr {
	switch op := op.(type) {
	case Let:
		return []Expr{op.Value}
	case Set:
		return []Expr{op.Value}
	case Guard:
		return []Expr{op.Cond}
	case If:
		return []Expr{op.Cond}
	case Map:
		list := make([]Expr, len(op.Fields))
		for i, set := range op.Fields {
			list[i] = set.Value
		}
		return list
	}
	return nil
}
