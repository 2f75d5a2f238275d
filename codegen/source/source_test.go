package source

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPositionsCountCharacters(t *testing.T) {
	f := NewFile("f", []byte("é: 1\r\nfoo: bär\n"))
	for _, c := range []struct {
		find string
		want Position
	}{{"é", Position{1, 1}}, {"1", Position{1, 4}}, {"foo", Position{2, 1}}, {"r\n", Position{2, 8}}} {
		offset := strings.Index(string(f.Text), c.find)
		if got := f.Position(offset); got != c.want {
			t.Errorf("%q: got %v, want %v", c.find, got, c.want)
		}
		if got := f.Offset(c.want); got != offset {
			t.Errorf("%q: offset %d, want %d", c.find, got, offset)
		}
	}
	if got := f.Position(1000); got != (Position{3, 1}) {
		t.Errorf("past the end: %v", got)
	}
	if got := f.Line(1); got != "é: 1" {
		t.Errorf("a line keeps its carriage return: %q", got)
	}
}

func TestOffsetStaysInTheLine(t *testing.T) {
	f := NewFile("f", []byte("ab\ncd"))
	for p, want := range map[Position]int{{1, 9}: 2, {0, 1}: 0, {2, 1}: 3, {2, 9}: 5, {7, 1}: 5} {
		if got := f.Offset(p); got != want {
			t.Errorf("%v: %d, want %d", p, got, want)
		}
	}
}

const flow = `input: kafka.orders
transforms:
  - compute: {total: qty * price}
  - filter: totl > 0
`

func span(f *File, text string) Span {
	start := strings.Index(string(f.Text), text)
	return Span{start, start + len(text)}
}

func TestPrintShowsPlaceLineAndCaret(t *testing.T) {
	f := NewFile("flows/orders.yaml", []byte(flow))
	var d Diagnostics
	d.Errorf(f, span(f, "totl"), UnknownField, "unknown field %q in filter", "totl").DidYouMean("totl", []string{"qty", "total"})
	d.Warnf(f, span(f, "input"), Unused, "early")
	var out strings.Builder
	if err := d.Print(&out, false); err != nil {
		t.Fatal(err)
	}
	want := `flows/orders.yaml:1:1: warning: early [W0402]
    1 | input: kafka.orders
      | ^~~~~
flows/orders.yaml:4:13: error: unknown field "totl" in filter; did you mean "total"? [W0203]
    4 |   - filter: totl > 0
      |             ^~~~
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// A file's text can't turn the writing direction of the terminal, clear it or
// forge a line of ours.
func TestPrintIsSafe(t *testing.T) {
	f := NewFile("a\nb", []byte("x: \u202e\x1b[2J é y\n"))
	var d Diagnostics
	d.Errorf(f, span(f, "y"), BadValue, "not\x1b good\nat all")
	var out strings.Builder
	if err := d.Print(&out, false); err != nil {
		t.Fatal(err)
	}
	want := `a<U+000A>b:1:12: error: not<U+001B> good<U+000A>at all [W0109]
    1 | x: <U+202E><U+001B>[2J é y
      |                          ^
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestALongLineIsCutAroundTheCaret(t *testing.T) {
	f := NewFile("f", []byte(strings.Repeat("a", 100_000)+"BAD"+strings.Repeat("z", 100_000)))
	var d Diagnostics
	d.Errorf(f, span(f, "BAD"), BadValue, "bad")
	var out strings.Builder
	if err := d.Print(&out, false); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines[1]) > 200 || strings.Index(lines[1], "BAD") != strings.Index(lines[2], "^~~") {
		t.Errorf("got\n%s", out.String())
	}
}

func TestColourIsAskedFor(t *testing.T) {
	f := NewFile("f", []byte("x"))
	var d Diagnostics
	d.Errorf(f, At(0), BadValue, "bad")
	for _, colour := range []bool{true, false} {
		var out strings.Builder
		if err := d.Print(&out, colour); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "\x1b[") != colour {
			t.Errorf("colour %v: %q", colour, out.String())
		}
	}
}

func TestSortedGivesEachOnce(t *testing.T) {
	a, b := NewFile("a", []byte("1234")), NewFile("b", []byte("1234"))
	var d Diagnostics
	d.Errorf(b, At(1), BadValue, "third")
	d.Errorf(a, At(2), BadValue, "second")
	d.Errorf(a, At(1), BadValue, "first")
	d.Errorf(a, At(2), BadValue, "second")
	got := (&Failure{&d}).Error()
	want := "a:1:2: error: first [W0109]\na:1:3: error: second [W0109]\nb:1:2: error: third [W0109]"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyErrorsFail(t *testing.T) {
	var d Diagnostics
	d.Warnf(nil, Span{}, Unused, "hm")
	if d.Failed() || d.Err() != nil {
		t.Error("a warning failed")
	}
	d.Errorf(nil, Span{}, BadValue, "no")
	if !d.Failed() || d.Err().Error() != "error: no [W0109]" {
		t.Errorf("got %v", d.Err())
	}
}

func TestJSON(t *testing.T) {
	f := NewFile("flows/o.yaml", []byte(flow))
	var d Diagnostics
	d.Errorf(f, span(f, "totl"), UnknownField, "unknown").Hintf("did you mean %q?", "total")
	got, err := json.Marshal(&d)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"file":"flows/o.yaml","line":4,"column":13,"end_line":4,"end_column":17,"severity":"error","code":"W0203","message":"unknown","hint":"did you mean \"total\"?"}]`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestNearest(t *testing.T) {
	for _, c := range []struct {
		name, want string
		from       []string
	}{
		{"totl", "total", []string{"price", "total", "title"}},
		{"toatl", "total", []string{"total", "tool"}},
		{"Order-ID", "order_id", []string{"order_id"}},
		{"transform", "transforms", []string{"transforms"}},
		{"qty", "", []string{"quantity", "price"}},
		{"a", "", []string{"total"}},
		{"b", "a", []string{"c", "a"}},
		{"same", "", []string{"same"}},
	} {
		if got, ok := Nearest(c.name, c.from); got != c.want || ok != (c.want != "") {
			t.Errorf("%s among %v: got %q, %v; want %q", c.name, c.from, got, ok, c.want)
		}
	}
}

// A message of the user's making can't end its annotation, nor begin another.
func TestAnnotations(t *testing.T) {
	f := NewFile("flows/a,b:c.yaml", []byte(flow))
	var d Diagnostics
	d.Errorf(f, span(f, "totl"), UnknownField, "100%% of\n::error::it").Hintf("so: so, so")
	d.Warnf(nil, Span{}, Unused, "hm")
	d.Warnf(f, Span{Start: 0, End: len(flow)}, Unused, "all")
	var out strings.Builder
	if err := d.Annotate(&out, "shop"); err != nil {
		t.Fatal(err)
	}
	want := "::warning title=W0402::hm\n" +
		"::warning file=shop/flows/a%2Cb%3Ac.yaml,line=1,endLine=5,title=W0402::all\n" +
		"::error file=shop/flows/a%2Cb%3Ac.yaml,line=4,endLine=4,col=13,endColumn=17,title=W0203::100%25 of<U+000A>::error::it; so: so, so\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
