package observe

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func settled() *Meter {
	m := NewMeter("orders", []string{"postgres.orders", "file.review"})
	m.Settled(&Counts{Read: 99_999, Filtered: 1971, Dead: 700, Ended: 2671, Routed: 97_328, Rows: []int64{70_000, 27_328}})
	m.Settled(&Counts{Read: 1, Dead: 1, Ended: 1, Rows: []int64{0, 0}})
	m.End()
	return m
}

func TestTheTableAccountsForEveryMessage(t *testing.T) {
	totals := settled().Totals()
	totals.Seconds, totals.PerSecond = 2.04, 49_019
	s := Summary{Project: "shop", Interrupted: true, Flows: []Totals{totals}, Hints: []string{"weavster dead-letter list"}}
	var b bytes.Buffer
	if err := s.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	want := `flow orders
  read                100,000   in 2.0 s, 49,019 messages/s
  filtered              1,971
  to postgres.orders   70,000
  to file.review       27,328
  dead letters            701

Stopped before the end of the input; the next run goes on here.

Where to look next:
  weavster dead-letter list
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAFlowThatFailedIsMarked(t *testing.T) {
	totals := settled().Totals()
	totals.Error = "the disk is full"
	var b bytes.Buffer
	if err := (&Summary{Flows: []Totals{totals}}).WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(b.String(), "flow orders, failed\n") || strings.Contains(b.String(), "look next") {
		t.Error(b.String())
	}
}

func TestCountsThatDontAddUpAreAnError(t *testing.T) {
	m := settled()
	if totals := m.Totals(); totals.Check() != nil {
		t.Error(totals.Check())
	}
	m.Settled(&Counts{Read: 2, Routed: 1, Rows: []int64{1, 0}})
	totals := m.Totals()
	if err := totals.Check(); err == nil || !strings.Contains(err.Error(), "1 of 100002 messages are unaccounted for") {
		t.Error(err)
	}
}

func TestTheSummaryAsJSON(t *testing.T) {
	var b bytes.Buffer
	s := Summary{Project: "shop", Flows: []Totals{settled().Totals()}}
	if err := s.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Flows []struct {
			Read        int
			DeadLetters int `json:"dead_letters"`
			Outputs     []Delivered
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if f := got.Flows[0]; f.Read != 100_000 || f.DeadLetters != 701 || f.Outputs[1] != (Delivered{"file.review", 27_328}) {
		t.Errorf("%+v", f)
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", -100: "-100"} {
		if got := Grouped(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}

func TestProgressOnATerminalFitsItsLine(t *testing.T) {
	m := settled()
	m.Wait("postgres.orders is not available: connection refused")
	var b bytes.Buffer
	p := &Progress{meters: []*Meter{m}, line: &b, width: func() int { return 40 }}
	p.show()
	if got, want := b.String(), "\r\x1b[Korders: 100,000 read, waiting: postgres."[:len("\r\x1b[K")+39]; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestElsewhereProgressIsALineOfJSON(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	log := NewLog(f)
	p := NewProgress(f, log, []*Meter{settled()})
	p.show()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p.Run(ctx) // ends with its context, and has no line to clear
	text, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	var event struct {
		Level slog.Level
		Msg   string
		Read  int
	}
	if err := json.Unmarshal(text, &event); err != nil || event.Msg != "progress" || event.Read != 100_000 {
		t.Errorf("%s: %v", text, err)
	}
}
