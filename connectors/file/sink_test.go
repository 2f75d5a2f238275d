package file_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/connectors/file"
)

func rows(lines ...string) *contract.Rows {
	var r contract.Rows
	for i, line := range lines {
		r.Data = append(r.Data, line...)
		r.Ends = append(r.Ends, uint32(len(r.Data)))
		r.Message = append(r.Message, uint32(i))
		r.Data = append(r.Data, '\n')
	}
	return &r
}

func openSink(t *testing.T, c connectors.Config) connectors.Sink {
	t.Helper()
	s, err := file.Spec.OpenSink(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func reset(t *testing.T, s connectors.Sink, m connectors.Mark) connectors.Mark {
	t.Helper()
	m, err := s.Reset(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// flush writes rows and makes them durable.
func flush(t *testing.T, s connectors.Sink, lines ...string) connectors.Mark {
	t.Helper()
	if _, err := s.Write(t.Context(), rows(lines...)); err != nil {
		t.Fatal(err)
	}
	m, err := s.Flush(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func content(t *testing.T, folder, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhatNoCheckpointKnowsIsCutOff(t *testing.T) {
	folder := t.TempDir()
	c := config(t, folder, connectors.Writer, "path: out/x.jsonl")
	s := openSink(t, c)
	reset(t, s, nil)
	committed := flush(t, s, "1", "2")
	flush(t, s, "3")
	if got := content(t, folder, "out/x.jsonl"); got != "1\n2\n3\n" {
		t.Fatalf("%q", got)
	}
	// The commit failed: the same sink goes back.
	reset(t, s, committed)
	flush(t, s, "4")
	if got := content(t, folder, "out/x.jsonl"); got != "1\n2\n4\n" {
		t.Errorf("after a failed commit: %q", got)
	}
	// The process was killed: another one goes back.
	s.Close()
	next := openSink(t, c)
	if m := reset(t, next, committed); string(m) != string(committed) {
		t.Errorf("mark %s, want %s", m, committed)
	}
	if got := content(t, folder, "out/x.jsonl"); got != "1\n2\n" {
		t.Errorf("after a kill: %q", got)
	}
}

func TestWhatWasThereBeforeTheFirstStartStays(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "x.jsonl", "old")
	c := config(t, folder, connectors.Writer, "path: x.jsonl")
	s := openSink(t, c)
	first := reset(t, s, nil)
	flush(t, s, "1")
	if got := content(t, folder, "x.jsonl"); got != "old\n1\n" {
		t.Errorf("%q", got)
	}
	reset(t, s, first)
	if got := content(t, folder, "x.jsonl"); got != "old" {
		t.Errorf("taken back: %q", got)
	}
}

func TestCSVHasOneHeader(t *testing.T) {
	folder := t.TempDir()
	c := config(t, folder, connectors.Writer, "path: x.csv\ncolumns: [id, name]")
	s := openSink(t, c)
	reset(t, s, nil)
	flush(t, s, `{"id":1,"name":"a"}`)
	m := flush(t, s, `{"id":2}`)
	s.Close()
	s = openSink(t, c)
	reset(t, s, m)
	refused, err := s.Write(t.Context(), rows("[]", `{"id":3}`))
	if err != nil || len(refused) != 1 || refused[0].Row != 0 {
		t.Errorf("refused %v, %v", refused, err)
	}
	if _, err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := content(t, folder, "x.csv"), "id,name\n1,a\n2,\n3,\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAnOutputThatIsAnotherFileIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ now, want string }{
		"cut":      {"1\n", "was cut or replaced"},
		"gone":     {"", "was cut or replaced"},
		"replaced": {"7\n8\n9\n10\n", "was replaced"},
	} {
		folder := t.TempDir()
		config := config(t, folder, connectors.Writer, "path: x.jsonl")
		s := openSink(t, config)
		reset(t, s, nil)
		m := flush(t, s, "1", "2", "3")
		s.Close()
		write(t, folder, "x.jsonl", c.now)
		_, err := openSink(t, config).Reset(t.Context(), m)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Fatalf("%s: %v lacks %q", name, err, c.want)
		}
		forget := `"delete from weavster.output where project = 'o''hara' and flow = 'orders' and resource = 'file:x.jsonl'"`
		if !strings.Contains(err.Error(), forget) {
			t.Errorf("%s: %v lacks %s", name, err, forget)
		}
		if got := content(t, folder, "x.jsonl"); got != c.now {
			t.Errorf("%s: the file was changed to %q", name, got)
		}
	}
}

func TestTwoWritersOfOneFileAreRefused(t *testing.T) {
	c := config(t, t.TempDir(), connectors.Writer, "path: x.jsonl")
	reset(t, openSink(t, c), nil)
	if _, err := file.Spec.OpenSink(t.Context(), c); err == nil || !strings.Contains(err.Error(), "x.jsonl is being written by another") {
		t.Error(err)
	}
}

func TestWhatCantBeWrittenIsASentence(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "file", "")
	for path, want := range map[string]string{
		"file/x":    "file/x can't be written: not a directory",
		"/dev/null": "/dev/null isn't a regular file",
	} {
		s, err := file.Spec.OpenSink(t.Context(), config(t, folder, connectors.Writer, "path: "+path))
		if err == nil {
			_, err = s.Reset(t.Context(), nil)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v lacks %q", path, err, want)
		}
	}
}

func TestAnOutputIsMadeWhenTheRunBegins(t *testing.T) {
	folder := t.TempDir()
	s := openSink(t, config(t, folder, connectors.Writer, "path: out/x.jsonl"))
	if _, err := os.Stat(filepath.Join(folder, "out")); err == nil {
		t.Error("it is there before")
	}
	reset(t, s, nil)
	if got := content(t, folder, "out/x.jsonl"); got != "" {
		t.Errorf("%q", got)
	}
}

// What can't be a file is known before anything is written anywhere.
func TestAPathThroughAFileIsRefusedAtOnce(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "in.csv", "id\n")
	_, err := file.Spec.OpenSink(t.Context(), config(t, folder, connectors.Writer, "path: in.csv/out.jsonl"))
	if err == nil || err.Error() != "in.csv/out.jsonl can't be written: not a directory" {
		t.Errorf("got %v", err)
	}
	if _, err := file.Spec.OpenSink(t.Context(), config(t, folder, connectors.Writer, "path: new/out.jsonl")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "new")); err == nil {
		t.Error("a folder was made though nothing was written")
	}
}

// A line without anything isn't a record: a row would be lost on its way to
// whoever reads the file.
func TestARowOfOneEmptyCellIsARecord(t *testing.T) {
	folder := t.TempDir()
	s := openSink(t, config(t, folder, connectors.Writer, "path: x.csv\ncolumns: [note]"))
	reset(t, s, nil)
	flush(t, s, `{"note":"a"}`, `{}`, `{"note":""}`)
	if got, want := content(t, folder, "x.csv"), "note\na\n\"\"\n\"\"\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	got, _ := readAll(t, config(t, folder, connectors.Reader, "path: x.csv"), nil)
	if len(got) != 3 {
		t.Errorf("read back %q", got)
	}
}
