package guarantee

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weavster/weavster/connectors"
)

// The words of the table on what inputs and outputs do.
var (
	inputs = map[connectors.Property]string{
		connectors.Replays:      "read again from any place",
		connectors.Stores:       "kept in the state's database until it is settled",
		connectors.Deduplicates: "sent with a key that tells repeats",
		connectors.Transacts:    "places in a transaction of its own system",
		None:                    "read once",
	}
	outputs = map[connectors.Property]string{
		connectors.Joins:     "in the state's database",
		connectors.Marks:     "cut back to a mark",
		connectors.Upserts:   "rows that are found by a key",
		connectors.Transacts: "rows in a transaction of the input's system",
		None:                 "any other",
	}
)

// Table is Rows for people, with the kinds of connectors that each is about.
func Table(kinds []*connectors.Spec) string {
	var b strings.Builder
	b.WriteString("| input | output | each message arrives | because | proven by |\n|---|---|---|---|---|\n")
	for i := range Rows {
		r := &Rows[i]
		arrives := string(r.Arrives)
		if r.ByKey {
			arrives += "; by its key, once"
		}
		var proof []string
		for _, test := range r.Proof {
			_, name, _ := strings.Cut(test, ":")
			proof = append(proof, "`"+name+"`")
		}
		fmt.Fprintf(&b, "| %s%s | %s%s | %s | %s | %s |\n",
			inputs[r.From], named(kinds, connectors.Reader, r.From), outputs[r.To], named(kinds, connectors.Writer, r.To), arrives,
			strings.NewReplacer("INPUT", "the input", "OUTPUT", "the output").Replace(r.Why), strings.Join(proof, ", "))
	}
	return b.String()
}

// named are the kinds that have a property, with the options under which they do.
func named(kinds []*connectors.Spec, role connectors.Role, property connectors.Property) string {
	var names []string
	for _, kind := range kinds {
		if kind.Roles&role == 0 {
			continue
		}
		switch p := kind.Promised(role, property, nil); {
		case p == nil && property == None && !certain(kind, role):
			names = append(names, "`"+kind.Name+"`")
		case p == nil:
		case p.With == "":
			names = append(names, "`"+kind.Name+"`")
		default:
			names = append(names, fmt.Sprintf("`%s` %s", kind.Name, p.With))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return ": " + strings.Join(names, ", ")
}

// certain says whether a kind has one of the properties whatever its options.
func certain(kind *connectors.Spec, role connectors.Role) bool {
	return slices.ContainsFunc(kind.Promises, func(p connectors.Promise) bool {
		return p.Role&role != 0 && p.With == "" && p.Property != connectors.Keys && p.Property != connectors.Transacts
	})
}
