package guarantee

import (
	"slices"

	"github.com/weavster/weavster/connectors"
)

// None is the property of an input that is read once, and of an output that
// has a row twice that is written twice.
const None connectors.Property = ""

// A Row is what one kind of input and one kind of output give together.
type Row struct {
	From, To connectors.Property
	Arrives  Arrival
	// Why is a clause about INPUT and OUTPUT, which stand for their names.
	Why string
	// Input says that it is the input that keeps the row from exactly once.
	Input bool
	// ByKey says that what arrives again takes the place of what is there.
	ByKey bool
	// Proof are the tests that would fail if it weren't so: package:Test.
	Proof []string
}

// rank orders what is weak: the lower, the weaker.
func (r *Row) rank() int {
	switch {
	case r.Arrives == ExactlyOnce:
		return 2
	case r.ByKey:
		return 1
	}
	return 0
}

// unproven is the row of what no test has shown.
var unproven = Row{Arrives: AtLeastOnce, Why: "no test proves more of INPUT and OUTPUT together"}

// Rows are all that is promised.
var Rows = []Row{
	{From: connectors.Replays, To: connectors.Joins, Arrives: ExactlyOnce,
		Why:   "OUTPUT commits its rows with the checkpoint",
		Proof: []string{"runtime/engine:TestKilledAnywhereEverythingArrivesOnce", "runtime/engine:TestASessionThatIsLostCostsNothing"}},
	{From: connectors.Replays, To: connectors.Marks, Arrives: ExactlyOnce,
		Why:   "OUTPUT is cut back to its mark, which is committed with the checkpoint",
		Proof: []string{"runtime/engine:TestKilledAnywhereEverythingArrivesOnce", "connectors/file:TestWhatNoCheckpointKnowsIsCutOff"}},
	{From: connectors.Replays, To: connectors.Upserts, Arrives: AtLeastOnce, ByKey: true,
		Why:   "OUTPUT isn't in the state's database, so a commit that is cut off writes its rows again, each in the place of its key",
		Proof: []string{"runtime/engine:TestRowsOfAnotherDatabaseArriveAtLeastOnce"}},
	{From: connectors.Replays, To: None, Arrives: AtLeastOnce,
		Why:   "OUTPUT isn't in the state's database, so a commit that is cut off writes its rows again",
		Proof: []string{"runtime/engine:TestRowsOfAnotherDatabaseArriveAtLeastOnce"}},
}

func find(from, to connectors.Property) *Row {
	i := slices.IndexFunc(Rows, func(r Row) bool { return r.From == from && r.To == to })
	if i < 0 {
		return &unproven
	}
	return &Rows[i]
}
