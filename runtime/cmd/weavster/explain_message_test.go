package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

func (s *shop) explain(t *testing.T, args ...string) answer {
	t.Helper()
	return weavster(t, append([]string{"explain", "--bundle", s.bundle}, args...)...)
}

func TestAMessageIsExplained(t *testing.T) {
	s := newShop(t)
	message := filepath.Join(s.workspace, "message.json")
	writeFile(t, message, "f3")
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"a message", []string{"orders", "--message", `{"n":1}`}, "postgres.orders gets\n  {\"n\":1}\n"},
		{"one that is filtered", []string{"orders", "--message", "d"}, "filtered by filter (line 0)\n"},
		{"a file", []string{"orders", "--message-file", message}, "failed: W1101 missing, field field: field (filter, line 0)\n"},
		{"a variable of the project", []string{"orders", "--message", "v"}, "postgres.orders gets\n  \"gold\"\n"},
		{"a variable of the command line", []string{"orders", "--message", "v", "--var", "tier=silver"}, "postgres.orders gets\n  \"silver\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a := s.explain(t, c.args...); a.code != 0 || !strings.Contains(a.out, c.want) || a.err != "" {
				t.Errorf("exit code %d: %s%s", a.code, a.out, a.err)
			}
		})
	}
	a := s.explain(t, "orders", "--message", "d", "--json")
	var report struct {
		Flow string
		Ends []struct{ What, Step string }
	}
	if err := json.Unmarshal([]byte(a.out), &report); err != nil || report.Flow != "orders" || len(report.Ends) != 1 || report.Ends[0].What != "filtered" {
		t.Errorf("%v: %s", err, a.out)
	}
}

func TestADeadLetterIsExplained(t *testing.T) {
	s := newShop(t)
	s.run(t)
	id := strings.Fields(s.sql(t, "select id from weavster.dead_letter where step = 'filter'"))[1]
	if a := s.explain(t, "--dead-letter", id); a.code != 0 || !strings.Contains(a.out, "failed: W1101 missing, field field") {
		t.Errorf("exit code %d: %s%s", a.code, a.out, a.err)
	}
	if a := s.explain(t, "--dead-letter", "999"); a.code != exitFailed || !strings.Contains(a.err, "there is no dead letter 999") {
		t.Errorf("exit code %d: %s", a.code, a.err)
	}
	if a := s.explain(t, "others", "--dead-letter", id); a.code != exitUsage || !strings.Contains(a.err, "is of flow orders, not others") {
		t.Errorf("exit code %d: %s", a.code, a.err)
	}
}

func TestMistakesInAskingForAMessage(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"a flow that isn't there", []string{"ordres", "--message", "x"}, exitUsage, `did you mean "orders"?`},
		{"no flow", []string{"--message", "x"}, exitUsage, "explain needs the flow that the message is for"},
		{"no message", []string{"orders"}, exitUsage, "a flow needs a message"},
		{"two messages", []string{"orders", "--message", "x", "--message-file", "y"}, exitUsage, "--message and --message-file can't be had at once"},
		{"no such file", []string{"orders", "--message-file", "none"}, exitFailed, "no such file"},
		{"metadata that isn't any", []string{"orders", "--message", "x", "--meta", "[]"}, exitUsage, `--meta "[]" isn't a JSON object`},
		{"a time that isn't one", []string{"orders", "--message", "x", "--now", "noon"}, exitUsage, `--now "noon" isn't a time`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a := s.explain(t, c.args...); a.code != c.code || !strings.Contains(a.err, c.want) || a.out != "" {
				t.Errorf("exit code %d: %s%s", a.code, a.out, a.err)
			}
		})
	}
	if a := weavster(t, "explain", "orders", "--message", "x"); a.code != exitUsage || !strings.Contains(a.err, "a message goes through a built flow") {
		t.Errorf("exit code %d: %s", a.code, a.err)
	}
}
