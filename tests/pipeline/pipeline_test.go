package pipeline

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/tests/shop"
)

// summary is what `run --json` says of a flow.
type summary struct {
	Flows []struct {
		Flow        string `json:"flow"`
		Read        int    `json:"read"`
		Filtered    int    `json:"filtered"`
		Discarded   int    `json:"discarded"`
		Unmatched   int    `json:"unmatched"`
		DeadLetters int    `json:"dead_letters"`
		Outputs     []struct {
			Output string `json:"output"`
			Rows   int    `json:"rows"`
		} `json:"outputs"`
	} `json:"flows"`
}

func run(t *testing.T, s *shop.Shop, args ...string) summary {
	t.Helper()
	var got summary
	if err := json.Unmarshal([]byte(s.Run(t, append([]string{"run", "--json"}, args...)...)), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Flows) != 1 {
		t.Fatalf("%d flows ran", len(got.Flows))
	}
	return got
}

// The main job: orders go in, and each of them is accounted for, in the
// summary, the table, the files and the dead letters.
func TestEveryOrderIsAccountedFor(t *testing.T) {
	s, want := shop.New(t), shop.Expect(t)
	first := run(t, s).Flows[0]
	got := shop.Tally{Read: first.Read, Filtered: first.Filtered, Dead: first.DeadLetters}
	for _, output := range first.Outputs {
		switch output.Output {
		case "postgres.orders":
			got.Delivered = output.Rows
		case "file.review":
			got.Review = output.Rows
		}
	}
	counts := shop.Tally{Read: want.Read, Filtered: want.Filtered, Delivered: want.Delivered, Review: want.Review, Dead: want.Dead}
	if diff := cmp.Diff(counts, got); diff != "" {
		t.Errorf("the summary differs (- wanted, + got):\n%s", diff)
	}
	s.Check(t, want)

	if again := run(t, s).Flows[0]; again.Read != 0 {
		t.Errorf("the second run read %d messages again", again.Read)
	}
	s.Check(t, want)
	checkDeadLetter(t, s)
}

// checkDeadLetter opens one, as somebody who has to find out what went wrong.
func checkDeadLetter(t *testing.T, s *shop.Shop) {
	t.Helper()
	id := strings.TrimSpace(strings.Split(s.Run(t, "sql", "--csv", "select min(id) from weavster.dead_letter where step = 'compute' and field = 'unit_price'"), "\n")[1])
	shown := s.Run(t, "dead-letter", "show", id)
	for _, part := range []string{"compute", "W1101 missing", "unit_price", "data/orders.jsonl:", `{"id":"o-`} {
		if !strings.Contains(shown, part) {
			t.Errorf("the dead letter doesn't show %q:\n%s", part, shown)
		}
	}
}

// What a flow asks the project is answered at start: the same module, other rows.
func TestAVariableIsAnsweredAtStart(t *testing.T) {
	s := shop.New(t)
	run(t, s, "--vars", "big_from=1")
	if got := strings.Fields(s.Run(t, "sql", "--csv", "select count(*) from sales.orders where not big"))[1]; got != "0" {
		t.Errorf("%s orders aren't big", got)
	}
}

// Each mistake is one sentence and an exit code, and nothing is written.
func TestMistakesAreSentences(t *testing.T) {
	s := shop.New(t)
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"a flow that isn't there", []string{"run", "--flow", "ordres"}, 2, `did you mean "orders"?`},
		{"a variable of another type", []string{"run", "--vars", "big_from=much"}, 1, "big_from"},
		{"a variable that nobody declares", []string{"run", "--vars", "big_form=1"}, 1, `did you mean "big_from"?`},
		{"a profile that isn't there", []string{"run", "--profile", "prdo"}, 1, `did you mean "prod"?`},
		{"an environment variable that isn't set", []string{"run", "--profile", "prod"}, 1, "STATE_DB"},
		{"SQL that isn't any", []string{"sql", "selct 1"}, 1, "syntax error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, stderr, code := s.Try(t, c.args...)
			if code != c.code || !strings.Contains(stderr, c.says) || out != "" {
				t.Errorf("exit code %d, want %d, with %q; printed %q and\n%s", code, c.code, c.says, out, stderr)
			}
			if strings.Contains(stderr, "goroutine") || strings.Contains(stderr, "panic") {
				t.Errorf("it shows its insides:\n%s", stderr)
			}
		})
	}
}
