package all

import (
	"slices"
	"testing"
)

func TestEveryKindIsFoundByItsNameAndIsDescribed(t *testing.T) {
	names := Names()
	if !slices.IsSorted(names) {
		t.Errorf("%q aren't in order", names)
	}
	for _, name := range names {
		s, ok := Find(name)
		if !ok || s.Name != name || s.Doc == "" {
			t.Fatalf("%q gives %+v", name, s)
		}
		for _, o := range s.Options {
			if o.Doc == "" {
				t.Errorf("option %s of %s has no description", o.Name, name)
			}
		}
	}
	if _, ok := Find("kafkaesque"); ok {
		t.Error("there is a connector that nobody wrote")
	}
}
