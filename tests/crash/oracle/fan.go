package oracle

// A Flow is one of tests/crash/project, with what was promised of its outputs.
type Flow struct {
	Name    string
	Outputs []Output
	Copies  bool // it has a connector for its dead letters
}

var (
	own   = Output{Name: "postgres.own", Ends: ends(RefusedOwn), Promise: Once, Order: BySource}
	other = Output{Name: "postgres.other", Ends: exceptSome(ends(RefusedOther)), Promise: AtLeastOnce, Order: BySource}
	file  = Output{Name: "file.all", Ends: ends(""), Promise: Once, Order: BySource}
)

// The flows. Rows of the state's own database, and of a file, arrive exactly
// once; those of another database at least once.
var (
	Fan    = Flow{"fan", []Output{own, other, file}, true}
	Tables = Flow{"tables", []Output{own, other}, false}
)

func exceptSome(ends func(Fate) End) func(Fate) End {
	return func(f Fate) End {
		if f == Some {
			return Nowhere
		}
		return ends(f)
	}
}

// ends is for an output that refuses messages of one fate.
func ends(refused Fate) func(Fate) End {
	return func(f Fate) End {
		switch f {
		case Drop, Fail, Broken:
			return Nowhere
		case refused:
			return Refused
		}
		return Delivered
	}
}
