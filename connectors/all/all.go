// Package all is the list of connectors that this program has.
package all

import (
	"slices"

	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/connectors/file"
	"github.com/weavster/weavster/connectors/postgres"
)

// Specs are the kinds of connectors, by name.
func Specs() []*connectors.Spec {
	return []*connectors.Spec{&file.Spec, &postgres.Spec}
}

// Find is the kind that `type:` names.
func Find(name string) (*connectors.Spec, bool) {
	specs := Specs()
	i := slices.IndexFunc(specs, func(s *connectors.Spec) bool { return s.Name == name })
	if i < 0 {
		return nil, false
	}
	return specs[i], true
}

// Names are the names of all kinds.
func Names() []string {
	var names []string
	for _, s := range Specs() {
		names = append(names, s.Name)
	}
	return names
}
