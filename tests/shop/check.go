package shop

import (
	"bufio"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Check holds the project's database and files against what has to be there:
// each order in one place, once.
func (s *Shop) Check(t testing.TB, want Tally) {
	t.Helper()
	if diff := cmp.Diff(want, s.found(t, want)); diff != "" {
		t.Errorf("what came out differs (- wanted, + found):\n%s", diff)
	}
	s.checkOnce(t)
	s.checkDeadLetterFile(t, want.Dead)
}

// found is the tally of what is there. What was read and filtered leaves no
// trace, so it is taken from what was wanted.
func (s *Shop) found(t testing.TB, want Tally) Tally {
	t.Helper()
	tally := Tally{Read: want.Read, Filtered: want.Filtered, ByTier: map[string]int{}, DeadByStep: map[string]int{}}
	for _, row := range s.rows(t, "select tier, count(*), sum(total), count(*) filter (where big) from sales.orders group by tier") {
		tally.ByTier[row[0]] = number(t, row[1])
		tally.Delivered += number(t, row[1])
		tally.Revenue += int64(number(t, row[2]))
		tally.Big += number(t, row[3])
	}
	for _, row := range s.rows(t, "select coalesce(step, ''), count(*) from weavster.dead_letter group by 1") {
		tally.DeadByStep[row[0]] = number(t, row[1])
		tally.Dead += number(t, row[1])
	}
	tally.Review = len(s.lines(t, "out/review.jsonl"))
	return tally
}

// checkOnce finds orders that came twice.
func (s *Shop) checkOnce(t testing.TB) {
	t.Helper()
	for _, twice := range s.rows(t, "select order_id, count(*) from sales.orders group by 1 having count(*) > 1 limit 5") {
		t.Errorf("order %s is in the table %s times", twice[0], twice[1])
	}
	for _, twice := range s.rows(t, "select source, count(*) from weavster.dead_letter group by 1 having count(*) > 1 limit 5") {
		t.Errorf("%s is in the dead letters %s times", twice[0], twice[1])
	}
	seen := map[string]bool{}
	for _, line := range s.lines(t, "out/review.jsonl") {
		var order struct {
			ID string `json:"order_id"`
		}
		if err := json.Unmarshal([]byte(line), &order); err != nil {
			t.Errorf("out/review.jsonl has a broken line: %v: %.200s", err, line)
		}
		if seen[order.ID] {
			t.Errorf("order %s is in out/review.jsonl twice", order.ID)
		}
		seen[order.ID] = true
	}
}

// checkDeadLetterFile holds the flow's dead-letter connector against the table.
func (s *Shop) checkDeadLetterFile(t testing.TB, want int) {
	t.Helper()
	sources := map[string]bool{}
	for _, line := range s.lines(t, "out/dead.jsonl") {
		var letter struct {
			Source string `json:"source"`
		}
		if err := json.Unmarshal([]byte(line), &letter); err != nil {
			t.Errorf("out/dead.jsonl has a broken line: %v: %.200s", err, line)
		}
		sources[letter.Source] = true
	}
	if lines := len(s.lines(t, "out/dead.jsonl")); lines != want || len(sources) != want {
		t.Errorf("out/dead.jsonl has %d lines of %d messages, want %d", lines, len(sources), want)
	}
}

// rows asks the project's database as a user would. Values have no commas.
func (s *Shop) rows(t testing.TB, query string) [][]string {
	t.Helper()
	var rows [][]string
	for i, line := range strings.Split(strings.TrimSpace(s.Run(t, "sql", "--csv", query)), "\n") {
		if i > 0 { // the header
			rows = append(rows, strings.Split(line, ","))
		}
	}
	return rows
}

func (s *Shop) lines(t testing.TB, name string) []string {
	t.Helper()
	f, err := os.Open(s.File(name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []string
	scanner := bufio.NewScanner(f)
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func number(t testing.TB, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
