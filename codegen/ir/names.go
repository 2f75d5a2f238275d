package ir

import "strings"

var kinds = []struct {
	kind Kind
	name string
}{{Missing, "missing"}, {Null, "null"}, {Bool, "bool"}, {Int, "int"}, {Float, "float"}, {Decimal, "decimal"}, {String, "string"}, {Array, "array"}, {Object, "object"}}

// String names the kinds in the set, such as "int|float".
func (k Kind) String() string {
	if k == Any {
		return "any"
	}
	var names []string
	for _, one := range kinds {
		if k&one.kind != 0 {
			names = append(names, one.name)
		}
	}
	return strings.Join(names, "|")
}

// String is the word that flows use.
func (r Route) String() string { return [...]string{"all", "first"}[r] }

// String is the word that flows use.
func (u Unmatched) String() string { return [...]string{"dead_letter", "discard"}[u] }

// String is the word that flows use.
func (o OnError) String() string {
	return [...]string{"dead_letter", "skip", "discard", "stop", "group"}[o]
}
