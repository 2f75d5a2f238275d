package oracle

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var (
	plan    = Plan{Messages: 400, Files: 3, Seed: 7, Pad: 3}
	outputs = []Output{
		{"own", func(f Fate) End {
			switch f {
			case Drop, Fail, Broken:
				return Nowhere
			case RefusedOwn:
				return Refused
			}
			return Delivered
		}, Once, BySource},
		{"other", func(f Fate) End {
			if f == All {
				return Delivered
			}
			return Nowhere
		}, AtLeastOnce, ByKey},
	}
)

// perfect is what has to be found.
func perfect() Found {
	f := Found{Rows: map[string][]Row{}, Letters: []Letter{}}
	for n := range plan.Messages {
		letter := Letter{n, "", plan.Source(n), string(plan.AppendMessage(nil, n))}
		if fate := plan.Fate(n); fate == Fail || fate == Broken {
			f.Letters = append(f.Letters, letter)
		}
		for _, o := range outputs {
			switch o.Ends(plan.Fate(n)) {
			case Delivered:
				f.Rows[o.Name] = append(f.Rows[o.Name], Row{n, plan.Key(n), plan.Sum(n)})
			case Refused:
				letter.Output = o.Name
				f.Letters = append(f.Letters, letter)
			}
		}
	}
	f.Copies = slices.Clone(f.Letters)
	return f
}

func TestWhatIsRightIsFoundRight(t *testing.T) {
	v := plan.Judge(outputs, perfect())
	if v.Err() != nil || v.Repeats != 0 {
		t.Errorf("%v, %d repeats", v.Err(), v.Repeats)
	}
}

// The oracle is worth what it finds: whatever is done to a single message.
func TestWhatIsWrongIsFound(t *testing.T) {
	first := func(fate Fate) int {
		for n := range plan.Messages {
			if plan.Fate(n) == fate {
				return n
			}
		}
		panic(fate)
	}
	row := func(n int) Row { return Row{n, plan.Key(n), plan.Sum(n)} }
	for want, spoil := range map[string]func(*Found){
		"missing in own: 1":                         func(f *Found) { f.Rows["own"] = f.Rows["own"][1:] },
		"missing in other: 1":                       func(f *Found) { f.Rows["other"] = f.Rows["other"][1:] },
		"more than once in own: 1":                  func(f *Found) { f.Rows["own"] = append(f.Rows["own"], f.Rows["own"][5]) },
		"in own, where it shouldn't be: 1":          func(f *Found) { f.Rows["own"] = append(f.Rows["own"], row(first(Drop))) },
		"in own and dead too: 1":                    func(f *Found) { f.Rows["own"] = append(f.Rows["own"], row(first(RefusedOwn))) },
		"in own after one that it comes before: 1":  func(f *Found) { r := f.Rows["own"]; r[3], r[4] = r[4], r[3] },
		"in other after one that it comes before: ": func(f *Found) { slices.Reverse(f.Rows["other"]) },
		"own has a row that isn't the message's: 1": func(f *Found) { f.Rows["own"][9].Sum = plan.Sum(0) },
		"own has a row of no message: 1":            func(f *Found) { f.Rows["own"][9].N = 400 },
		"missing in the dead letter connector":      func(f *Found) { f.Copies = f.Copies[1:] },
		"more often in the dead letter connector":   func(f *Found) { f.Copies = append(f.Copies, f.Copies[0]) },
		"the dead letters don't have the bytes":     func(f *Found) { f.Letters[0].Payload += " " },
		"the dead letters name another place":       func(f *Found) { f.Letters[0].Source = "in/0000.jsonl:399" },
		"the dead letters have one of no message":   func(f *Found) { f.Letters[0].N = -1 },
		"dead for other, which takes it: 1": func(f *Found) {
			n := f.Rows["other"][0].N
			f.Rows["other"] = f.Rows["other"][1:]
			f.Letters = append(f.Letters, Letter{n, "other", plan.Source(n), string(plan.AppendMessage(nil, n))})
		},
		"dead letters as a whole, not 1": func(f *Found) {
			f.Letters = slices.DeleteFunc(f.Letters, func(l Letter) bool { return l.N == first(Broken) })
		},
		"2 dead letters for own: 1": func(f *Found) {
			i := slices.IndexFunc(f.Letters, func(l Letter) bool { return l.Output == "own" })
			f.Letters = append(f.Letters, f.Letters[i])
		},
		"which the flow doesn't have": func(f *Found) { f.Letters[0].Output = "nobody" },
	} {
		found := perfect()
		spoil(&found)
		v := plan.Judge(outputs, found)
		if v.Err() == nil || !strings.Contains(v.Err().Error(), want) {
			t.Errorf("%s: %v", want, v.Err())
		}
	}
}

// At least once: repeats are counted, and don't disturb the order.
func TestRepeatsAreCounted(t *testing.T) {
	found := perfect()
	rows := found.Rows["other"]
	found.Rows["other"] = slices.Concat(rows[:50], rows[30:])
	if v := plan.Judge(outputs, found); v.Err() != nil || v.Repeats != 20 {
		t.Errorf("%v, %d repeats", v.Err(), v.Repeats)
	}
}

func TestMessagesAreWhatTheirFateSays(t *testing.T) {
	folder := t.TempDir()
	if err := plan.Write(folder); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "in", "0001.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	seen := map[Fate]bool{}
	for i, line := range lines {
		n := plan.perFile() + i
		if number([]byte(line)) != n || json.Valid([]byte(line)) != (plan.Fate(n) != Broken) {
			t.Errorf("message %d: %s", n, line)
		}
		seen[plan.Fate(n)] = true
	}
	if len(lines) != 134 || len(seen) != len(fates) {
		t.Errorf("%d lines of %d fates", len(lines), len(seen))
	}
}

func TestHalfARowIsAnError(t *testing.T) {
	name := filepath.Join(t.TempDir(), "rows.jsonl")
	for text, want := range map[string]string{
		`{"n":1,"key":"k1","sum":"x"}` + "\n": "",
		"":                                    "",
		`{"n":1,"key":"k1","sum":"x"}`:        "its last line has no end",
		`{"n":1,"key"` + "\n":                 "unexpected end of JSON",
		`{"key":"k1"}` + "\n":                 "it has no n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadFile(name); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
