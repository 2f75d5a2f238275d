package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/contract"
)

// captured is what a run writes to its log.
func captured(t *testing.T, run func()) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	stderr := os.Stderr
	os.Stderr = file
	defer func() { os.Stderr = stderr }()
	run()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestStepsAreLoggedOnRequest(t *testing.T) {
	s := newShop(t)
	var quiet, told answer
	if log := captured(t, func() { quiet = s.run(t, "--json") }); strings.Contains(log, `"DEBUG"`) || quiet.code != 0 {
		t.Errorf("exit code %d, %s", quiet.code, log)
	}
	read, err := os.ReadFile(s.path("data/orders.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "data/orders.jsonl", string(read)+strings.Repeat("{\"n\":1}\nd2\n", debugged))
	log := captured(t, func() { told = s.run(t, "--debug-steps", "orders") })
	if told.code != 0 {
		t.Fatal(told.err)
	}
	for _, want := range []string{
		`"msg":"message","flow":"orders","number":0,"message":`,
		`"msg":"ends","flow":"orders","number":0,"ends":[{"output":"postgres.orders","what":"row","row":{"n":1}}]`,
		`"msg":"ends","flow":"orders","number":1,"ends":[{"what":"filtered","step":"filter"}]`,
		fmt.Sprintf(`"msg":"further messages' steps aren't logged","flow":"orders","logged":%d`, debugged),
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log[:min(len(log), 2000)])
		}
	}
	if got := strings.Count(log, `"msg":"ends"`); got != debugged {
		t.Errorf("%d messages are logged", got)
	}
	for line := range strings.Lines(log) {
		if !json.Valid([]byte(line)) {
			t.Fatalf("not JSON: %s", line)
		}
	}
	if a := s.run(t, "--debug-steps", "ordres"); a.code != exitUsage || !strings.Contains(a.err, `did you mean "orders"?`) {
		t.Errorf("exit code %d: %s", a.code, a.err)
	}
}

// What is delivered is made of the batch itself, whatever the log wants.
func TestAStepLogChangesNoBatch(t *testing.T) {
	var seen []*contract.Batch
	inner := processorFunc(func(_ context.Context, b *contract.Batch) (*contract.Result, error) {
		seen = append(seen, b)
		return &contract.Result{}, nil
	})
	s := newShop(t)
	log := &stepLog{flow: s.opened(t), done: debugged - 1}
	batch := &contract.Batch{Payload: []byte("a\nb\n"), Ends: []uint32{1, 3}, Meta: []byte("{}\n{}\n"), MetaEnds: []uint32{2, 5}}
	captured(t, func() {
		log.log = newStepLog(log.flow, os.Stderr).log
		for range 2 {
			if _, err := (debugging{inner, log}).Process(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
		}
	})
	if len(seen) != 3 || seen[1] != batch || seen[2] != batch || batch.Trace {
		t.Fatalf("%d runs", len(seen))
	}
	if part := seen[0]; !part.Trace || part.Len() != 1 || string(part.Payload) != "a" || string(part.Meta) != "{}" {
		t.Errorf("%+v", part)
	}
}

type processorFunc func(context.Context, *contract.Batch) (*contract.Result, error)

func (f processorFunc) Process(ctx context.Context, b *contract.Batch) (*contract.Result, error) {
	return f(ctx, b)
}

// opened is the shop's flow as a run has it, before it runs.
func (s *shop) opened(t *testing.T) *runningFlow {
	t.Helper()
	w := &workspace{bundle: s.bundle}
	o, err := w.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.close(context.Background()) })
	p, err := o.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	resolved, err := resolve(t.Context(), p, o.bundle.Flows)
	if err != nil {
		t.Fatal(err)
	}
	return &runningFlow{runner: &runner{project: p}, flow: o.bundle.Flows[0], resolved: resolved[0]}
}
