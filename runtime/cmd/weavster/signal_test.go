package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// asProgram makes this test binary the program itself, for tests that send
// it signals.
const asProgram = "WEAVSTER_TEST_AS_PROGRAM"

// Rule 9 of runtime/delivery, on the real signals.
func TestAnInterruptFinishesWhatIsOnTheWay(t *testing.T) {
	const n = 60_000
	s := newShop(t)
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"n":%d,"pad":"%s"}`+"\n", i, strings.Repeat("x", 300))
	}
	s.write(t, "data/orders.jsonl", b.String())
	command := exec.Command(os.Args[0], "run", "--json", "--bundle", s.bundle)
	command.Env = append(os.Environ(), asProgram+"=1")
	var out strings.Builder
	command.Stdout = &out
	events, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(events)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "flow started") {
			break
		}
	}
	if err := command.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(events)
	if err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := command.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 128+int(syscall.SIGINT) {
		t.Fatalf("%v: %s", err, rest)
	}
	first := summary(t, out.String())
	if !first.Interrupted || first.Flows[0].Read == n {
		t.Errorf("the interrupted run: %+v", first)
	}
	again := s.run(t, "--json")
	if second := summary(t, again.out); first.Flows[0].Read+second.Flows[0].Read != n {
		t.Errorf("%d messages, and then %d", first.Flows[0].Read, second.Flows[0].Read)
	}
	if got := s.sql(t, "select count(*) || ' ' || count(distinct n) from sales.orders"); !strings.HasSuffix(got, "\n60000 60000\n") {
		t.Errorf("rows: %q", got)
	}
}

type readSummary struct {
	Interrupted bool
	Flows       []struct{ Read int64 }
}

func summary(t *testing.T, text string) (s readSummary) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &s); err != nil || len(s.Flows) != 1 {
		t.Fatalf("%v: %q", err, text)
	}
	return s
}
