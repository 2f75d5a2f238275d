package compare

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/explain"
	"github.com/weavster/weavster/runtime/module"
	"github.com/weavster/weavster/runtime/module/moduletest"
)

// side is moduletest.Guest, which gives its variable for `v…`, its metadata for
// `m…`, drops `d…`, fails `f…`, and gives other messages as they are.
func side(t *testing.T, variable string, manifest *contract.Manifest) *Side {
	t.Helper()
	m, err := module.Compile(t.Context(), moduletest.Assemble(moduletest.Guest).Bytes(), manifest, module.Options{Interpreter: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close(t.Context()) })
	instances, err := m.Configure(t.Context(), [][]byte{[]byte(variable)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Side{manifest, instances}
}

func guest(output string) *contract.Manifest {
	return &contract.Manifest{ABI: contract.ABIVersion, Flow: "orders", Steps: []contract.Step{{ID: "check", Kind: "filter"}},
		Outputs: []contract.Output{{Connector: contract.Connector{Name: output}}}, Vars: []contract.Var{{Name: "v", Type: "string"}}}
}

func samples(messages ...string) *Samples {
	s := &Samples{Flow: "orders", Meta: []byte("{}"), Now: time.Unix(0, 0)}
	for _, message := range messages {
		s.Messages = append(s.Messages, []byte(message))
	}
	return s
}

func TestWhichFieldsComeOutOtherwise(t *testing.T) {
	from, to := side(t, `{"a":1,"same":[1.0]}`, guest("file.out")), side(t, `{"same":[1.0], "a":2.5,"b":null}`, guest("file.out"))
	got, err := Run(t.Context(), from, to, samples(`{"n":1}`, "v", "d", "f", "v"))
	if err != nil {
		t.Fatal(err)
	}
	rows := []Pair{{Output: "file.out", Row: 1, Changes: []explain.Change{{Path: "a", Before: []byte("1"), After: []byte("2.5")}, {Path: "b", After: []byte("null")}}}}
	want := &Messages{
		Flow: "orders", Count: 5, Different: 2,
		Outputs: []Output{{Output: "file.out", From: 3, To: 3, Changed: 2}},
		Ends:    []EndOf{{"dead-lettered with W1101 of field by check", 1, 1}, {"filtered by check", 1, 1}},
		Fields:  []FieldOf{{"file.out", "a", 2}, {"file.out", "b", 2}},
		First:   []Message{{Number: 2, Alike: 1, Rows: rows}},
	}
	for i := range got.First {
		for j := range got.First[i].Rows {
			for k := range got.First[i].Rows[j].Changes {
				c := &got.First[i].Rows[j].Changes[k]
				*c = explain.Change{Path: c.Path, Before: c.Before, After: c.After}
			}
		}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(explain.Change{})); diff != "" {
		t.Error(diff)
	}
}

func TestTheOrderOfKeysIsNoDifference(t *testing.T) {
	from, to := side(t, `{"a":1,"b":2}`, guest("file.out")), side(t, `{"b":2, "a":1}`, guest("file.out"))
	got, err := Run(t.Context(), from, to, samples("v"))
	if err != nil || got.Different != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAnOutputOfOneSideAlone(t *testing.T) {
	from, to := side(t, `1`, guest("file.old")), side(t, `1`, guest("file.new"))
	got, err := Run(t.Context(), from, to, samples(`{"n":1}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Pair{{Output: "file.old", Row: 1, From: []byte(`{"n":1}`)}, {Output: "file.new", Row: 1, To: []byte(`{"n":1}`)}}
	if diff := cmp.Diff(want, got.First[0].Rows); diff != "" {
		t.Error(diff)
	}
}

func TestSensitiveValuesAreMasked(t *testing.T) {
	masked := guest("file.out")
	masked.Sensitive = []contract.Field{{Path: "ssn", Pointer: "/ssn"}}
	from, to := side(t, `{"ssn":"123-45","n":1}`, guest("file.out")), side(t, `{"ssn":"678-90","text":"of 678-90","n":2}`, masked)
	got, err := Run(t.Context(), from, to, samples("v"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := (&Report{Messages: []*Messages{got}}).Print(&b, false); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"123-45", "678-90"} {
		if strings.Contains(b.String(), secret) {
			t.Errorf("%s is shown:\n%s", secret, b.String())
		}
	}
	if !strings.Contains(b.String(), "n: 1 -> 2") {
		t.Errorf("%s", b.String())
	}
}

func TestOneMessageIsShownForAllThatDifferAlike(t *testing.T) {
	from, to := side(t, `1`, guest("file.out")), side(t, `2`, guest("file.out"))
	list := make([]string, 2*batchSize+1)
	for i := range list {
		list[i] = "v"
	}
	got, err := Run(t.Context(), from, to, samples(list...))
	if err != nil || got.Different != len(list) || len(got.First) != 1 || got.First[0].Alike != len(list)-1 {
		t.Errorf("%d differ, %d are shown, %v", got.Different, len(got.First), err)
	}
}
