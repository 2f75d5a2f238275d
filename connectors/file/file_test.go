package file_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/connectors/file"
)

// config is a connector of `type: file` in a folder.
func config(t *testing.T, folder string, role connectors.Role, options string) connectors.Config {
	t.Helper()
	var diags source.Diagnostics
	node := syntax.Parse(source.NewFile("connectors/file.yaml", []byte("type: file\n"+options)), &diags)
	f := file.Spec.Decode(node, "file.test", role, &diags)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	return connectors.Config{Name: "file.test", Project: "o'hara", Flow: "orders", Options: f, Folder: folder, MaxMessage: 1000}
}

func write(t *testing.T, folder, name, text string) {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

type ends = map[string]connectors.Position

func open(t *testing.T, c connectors.Config, from ends) (connectors.Source, error) {
	t.Helper()
	s, err := file.Spec.OpenSource(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, s.Seek(t.Context(), from)
}

// readAll tells every message with its origin, and where each file ended.
func readAll(t *testing.T, c connectors.Config, from ends) ([]string, ends) {
	t.Helper()
	s, err := open(t, c, from)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	to := ends{}
	for name, end := range from {
		to[name] = end
	}
	for {
		b, err := s.Read(t.Context())
		if errors.Is(err, io.EOF) {
			return got, to
		}
		if err != nil {
			t.Fatal(err)
		}
		if string(b.From) != string(to[b.Partition]) {
			t.Errorf("%s goes on from %s after %s", b.Partition, b.From, to[b.Partition])
		}
		to[b.Partition] = b.To
		for i := range b.Len() {
			got = append(got, fmt.Sprintf("%s:%d %s", b.File, b.Lines[i], b.Message(i)))
		}
		for _, r := range b.Refused {
			got = append(got, fmt.Sprintf("%s:%d! %s", b.File, r.Line, r.Code))
		}
		b.Release()
	}
}

func TestAFileIsReadOnceAndThenWhatWasAdded(t *testing.T) {
	folder := t.TempDir()
	c := config(t, folder, connectors.Reader, "path: data/in.jsonl")
	write(t, folder, "data/in.jsonl", "\xef\xbb\xbf{\"a\":1}\n\n{\"a\":2}\n")
	got, end := readAll(t, c, nil)
	if diff := cmp.Diff([]string{`data/in.jsonl:1 {"a":1}`, `data/in.jsonl:3 {"a":2}`}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, _ := readAll(t, c, end); got != nil {
		t.Errorf("read again: %q", got)
	}
	write(t, folder, "data/in.jsonl", "\xef\xbb\xbf{\"a\":1}\n\n{\"a\":2}\n{\"a\":3}")
	got, _ = readAll(t, c, end)
	if diff := cmp.Diff([]string{`data/in.jsonl:4 {"a":3}`}, got); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
}

func TestCSVGoesOnUnderItsHeader(t *testing.T) {
	folder := t.TempDir()
	c := config(t, folder, connectors.Reader, "path: in.csv")
	write(t, folder, "in.csv", "\xef\xbb\xbfid,name\n1,a\n")
	got, end := readAll(t, c, nil)
	if diff := cmp.Diff([]string{`in.csv:2 {"id":"1","name":"a"}`}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	write(t, folder, "in.csv", "\xef\xbb\xbfid,name\n1,a\n2,b\n")
	got, _ = readAll(t, c, end)
	if diff := cmp.Diff([]string{`in.csv:3 {"id":"2","name":"b"}`}, got); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
}

func TestAGlobsFilesAreReadInOrder(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "data/b.jsonl", "2\n")
	write(t, folder, "data/a.jsonl", "1\n")
	write(t, folder, "data/c.txt", "9\n")
	write(t, folder, "data/d.jsonl/x", "9\n") // a folder
	c := config(t, folder, connectors.Reader, "path: data/*.jsonl")
	got, end := readAll(t, c, nil)
	if diff := cmp.Diff([]string{"data/a.jsonl:1 1", "data/b.jsonl:1 2"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	write(t, folder, "data/aa.jsonl", "3\n")
	if got, _ = readAll(t, c, end); len(got) != 1 || got[0] != "data/aa.jsonl:1 3" {
		t.Errorf("then %q", got)
	}
}

func TestBatchesGoOnWhereTheLastOneEnded(t *testing.T) {
	folder := t.TempDir()
	var b strings.Builder
	for i := range 40_000 {
		fmt.Fprintf(&b, `{"n":%d,"pad":"%s"}`+"\n", i, strings.Repeat("x", i%90))
	}
	write(t, folder, "in.jsonl", b.String())
	c := config(t, folder, connectors.Reader, "path: in.jsonl")
	whole, _ := readAll(t, c, nil)
	if len(whole) != 40_000 {
		t.Fatalf("%d messages", len(whole))
	}
	s, err := open(t, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if size := len(first.Payload); size < 200<<10 || size > 300<<10 {
		t.Errorf("a batch of %d bytes", size)
	}
	rest, _ := readAll(t, c, ends{"in.jsonl": first.To})
	if diff := cmp.Diff(whole[first.Len():], rest); diff != "" {
		t.Errorf("the rest (-want +got):\n%s", diff)
	}
}

func TestMessagesThatAreTooLongAreRefused(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "in.jsonl", "1\n"+strings.Repeat("x", 3<<20)+"\n2\n")
	got, _ := readAll(t, config(t, folder, connectors.Reader, "path: in.jsonl"), nil)
	if diff := cmp.Diff([]string{"in.jsonl:1 1", "in.jsonl:3 2", "in.jsonl:2! W1304 too_long"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAFileThatIsAnotherIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ before, after, want string }{
		"cut":                {"aaaa\nbbbb\n", "aaaa\n", "was cut or replaced"},
		"replaced":           {"aaaa\nbbbb\n", "aaaa\ncccc\ndddd\n", "was replaced"},
		"gone on mid-line":   {"aaaa\nbb", "aaaa\nbbbb\n", "goes on in the middle of a line"},
		"replaced far below": {strings.Repeat("a\n", 1000), strings.Repeat("a\n", 900) + strings.Repeat("b\n", 200), "was replaced"},
	} {
		folder := t.TempDir()
		config := config(t, folder, connectors.Reader, "path: in.jsonl")
		write(t, folder, "in.jsonl", c.before)
		_, end := readAll(t, config, nil)
		write(t, folder, "in.jsonl", c.after)
		_, err := open(t, config, end)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Fatalf("%s: %v lacks %q", name, err, c.want)
		}
		// Other flows may read the file too, and keep their places.
		forget := `"delete from weavster.checkpoint where project = 'o''hara' and flow = 'orders' and partition = 'in.jsonl'"`
		if !strings.Contains(err.Error(), forget) {
			t.Errorf("%s: %v lacks %s", name, err, forget)
		}
	}
}

func TestWhatCantBeReadStopsTheRunAtItsStart(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "dir/x", "")
	write(t, folder, "twice.csv", "id,id\n")
	for path, want := range map[string]string{
		"none.jsonl": "none.jsonl can't be read: no such file or directory",
		"dir":        "dir is a folder",
		"twice.csv":  `twice.csv: the header names "id" twice`,
	} {
		_, err := open(t, config(t, folder, connectors.Reader, "path: "+path), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v lacks %q", path, err, want)
		}
	}
}

func TestMetadataSaysWhereAMessageIsFrom(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "in.jsonl", "1\n\n2\n")
	c := config(t, folder, connectors.Reader, "path: in.jsonl")
	c.Meta = true
	s, err := open(t, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(b.Meta), `{"file":"in.jsonl","line":1}`+"\n"+`{"file":"in.jsonl","line":3}`+"\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if int(b.MetaEnds[1]) != len(b.Meta)-1 {
		t.Errorf("ends %v of %d bytes", b.MetaEnds, len(b.Meta))
	}
}

func TestReadingEndsWithItsContext(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "in.jsonl", "1\n")
	s, err := open(t, config(t, folder, connectors.Reader, "path: in.jsonl"), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Read(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestOptionsThatDontGoTogether(t *testing.T) {
	for options, want := range map[string]string{
		"path: out/*.jsonl":              "an output is one file",
		"path: out.csv":                  `needs the key "columns"`,
		"path: out.jsonl\ncolumns: [id]": "columns belong to CSV",
		"path: ''":                       "the path is empty",
		"path: out[.jsonl":               "a bracket doesn't close",
		"path: x\nformat: xml":           "one of json, csv",
	} {
		var diags source.Diagnostics
		node := syntax.Parse(source.NewFile("connectors/file.yaml", []byte("type: file\n"+options)), &diags)
		file.Spec.Decode(node, "file.test", connectors.Writer, &diags)
		if err := diags.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v lacks %q", options, err, want)
		}
	}
}

// A file that nobody has written to yet has no header, and no messages either.
func TestAnEmptyCSVFileHasNothingYet(t *testing.T) {
	folder := t.TempDir()
	c := config(t, folder, connectors.Reader, "path: '*.csv'\n")
	write(t, folder, "a.csv", "")
	write(t, folder, "b.csv", "id\n1\n")
	got, to := readAll(t, c, nil)
	if diff := cmp.Diff([]string{`b.csv:2 {"id":"1"}`}, got); diff != "" {
		t.Error(diff)
	}
	write(t, folder, "a.csv", "id\n2\n")
	got, _ = readAll(t, c, to)
	if diff := cmp.Diff([]string{`a.csv:2 {"id":"2"}`}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnOutputThatTheInputReads(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct {
		in, out string
		want    bool
	}{
		{"data/x.jsonl", "./data//x.jsonl", true},
		{"data/*.jsonl", "data/x.jsonl", true},
		{"data/x.jsonl", filepath.Join(folder, "data/x.jsonl"), true},
		{"data/*.jsonl", "data/x.csv", false},
		{"data/*.jsonl", "data/out/x.jsonl", false},
		{"data/x.jsonl", "out/x.jsonl", false},
	} {
		in := config(t, folder, connectors.Reader, "path: "+c.in).Options
		out := config(t, folder, connectors.Writer, "path: "+c.out+"\nformat: json").Options
		if got := file.Spec.Feeds(folder, in, out); got != c.want {
			t.Errorf("%s feeds %s: %v", c.out, c.in, got)
		}
	}
}
