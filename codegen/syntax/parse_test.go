package syntax

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/weavster/weavster/codegen/source"
)

// read parses text and gives the tree with the errors as lines.
func read(text string) (*Node, string) {
	var diags source.Diagnostics
	n := Parse(source.NewFile("f.yaml", []byte(text)), &diags)
	var lines []string
	for _, one := range diags.Sorted() {
		lines = append(lines, one.String())
	}
	return n, strings.Join(lines, "\n")
}

func TestConstantsKeepTheirText(t *testing.T) {
	n, errs := read("[007, 1.10, 2024-01-02, 0x1F, no, 'true', 1e3, true, ~, \"a\\\"</\", {b: [1], a: }, 123456789012345678901234567890, +5, \"5\", '']")
	if errs != "" {
		t.Fatal(errs)
	}
	want := `["007",1.10,"2024-01-02","0x1F","no","true",1e3,true,null,"a\"</",{"b":[1],"a":null},123456789012345678901234567890,"+5","5",""]`
	if diff := cmp.Diff(want, n.JSON()); diff != "" {
		t.Error(diff)
	}
}

func TestSpansOfKeysAndValues(t *testing.T) {
	text := "a: é plain  # comment\nb:\n  - 'it''s'\n  - \"x\\u00e9y\"\nc: {d: [e]}\n"
	n, errs := read(text)
	if errs != "" {
		t.Fatal(errs)
	}
	at := func(n *Node) string { return n.File.Slice(n.Span) }
	got := []string{at(n.Entries[0].Key), at(n.Get("a")), at(n.Get("b").Items[0]), at(n.Get("b").Items[1]), at(n.Get("c").Get("d").Items[0])}
	want := []string{"a", "é plain", "'it''s'", `"x\u00e9y"`, "e"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !n.Get("a").Comment || n.Get("b").Items[0].Comment {
		t.Error("a comment behind a value isn't noted")
	}
}

// Each X stands in the text where the value has an X, however the scalar is
// written.
func TestOffsetsLeadIntoScalars(t *testing.T) {
	for name, text := range map[string]string{
		"plain":           "v: a + bX c\n",
		"plain folded":    "v: a\n   b\n\n\n     Xc\n",
		"single":          "v: 'it''s X'\n",
		"single folded":   "v: 'a ''\n\n  bX'\n",
		"double":          `v: "q\" \u00e9 é \x41 \t\n X"`,
		"double folded":   "v: \"a \\\n    b\n   c \\\n\n   X\"\n",
		"literal":         "v: |\n  a\n\n    b X\n  c\n",
		"literal at once": "v: |\n  X\n",
		"literal blank":   "v: |\n\n\n  X\n",
		"literal indent":  "v: |2-\n   X\n",
		"folded":          "v: >-\n  a\n  b\n\n    c\n  X\n",
		"crlf":            "v: |\r\n  a\r\n  X\r\n",
		"anchored":        "v: &a X\n",
		"byte order mark": "\ufeffv: X\n",
	} {
		t.Run(name, func(t *testing.T) {
			n, errs := read(text)
			if errs != "" {
				t.Fatal(errs)
			}
			v := n.Get("v")
			i := strings.Index(v.Text, "X")
			if i < 0 {
				t.Fatalf("no X in %q", v.Text)
			}
			if got, want := v.Offset(i), strings.Index(strings.TrimPrefix(text, "\ufeff"), "X"); got != want {
				t.Errorf("%q: byte %d is at %d of the file, want %d (%v)", v.Text, i, got, want, v.offsets)
			}
			if got := v.File.Slice(v.Part(i, i+1)); got != "X" {
				t.Errorf("span is %q", got)
			}
		})
	}
}

func TestWhatIsRefused(t *testing.T) {
	deep := strings.Repeat("[", 70) + strings.Repeat("]", 70)
	for _, c := range []struct{ text, want string }{
		{"a: 1\na: 2\n", `f.yaml:2:1: error: key "a" is given twice, first in line 1 [W0105]`},
		{"a: !int 5\n", "f.yaml:1:4: error: tag \"!int\"; tags are not allowed; put the value in quotes if it is text; in an expression, write `not` for `!` [W0103]"},
		{"when: !paid\n", "f.yaml:1:7: error: tag \"!paid\"; tags are not allowed; put the value in quotes if it is text; in an expression, write `not` for `!` [W0103]"},
		{"a: {<<: {b: 1}}\n", "f.yaml:1:5: error: merge keys (`<<`) are not allowed [W0103]"},
		{"? [a]\n: b\n", "f.yaml:1:3: error: a key has to be text, not a list; put it in quotes [W0103]"},
		{"a: 1\n---\nb: 2\n", "f.yaml:2:1: error: a second document begins here; a file holds one [W0103]"},
		{"%YAML 1.1\n---\na: no\n", `f.yaml:1:1: error: directives such as "%YAML 1.1" are not allowed [W0103]`},
		{deep, "f.yaml:1:66: error: the document is nested more than 64 deep or has more than 200000 values [W0104]"},
		{"a: \xff\n", "f.yaml:1:4: error: the file isn't UTF-8 [W0102]"},
		{"a: b\u0085c\n", "f.yaml:1:5: error: control character U+0085; write it as an escape in a double-quoted text [W0102]"},
		{"a: x\u202ey\n", "f.yaml:1:5: error: character U+202E hides the order in which text is read; write it as an escape in a double-quoted text [W0102]"},
		{strings.Repeat("a", MaxBytes+1), "f.yaml:1:1: error: the file has 4194305 bytes; at most 4194304 are read [W0104]"},
		{"a: &a [*a]\n", ""}, // see below
	} {
		_, errs := read(c.text)
		if c.want == "" {
			// An alias inside its own anchor ends at one of the bounds.
			if !strings.Contains(errs, "[W0103]") && !strings.Contains(errs, "[W0104]") && !strings.Contains(errs, "[W0101]") {
				t.Errorf("%q: %s", c.text, errs)
			}
			continue
		}
		if diff := cmp.Diff(c.want, errs); diff != "" {
			t.Errorf("%.40q: %s", c.text, diff)
		}
	}
}

func TestTrapsHaveHints(t *testing.T) {
	for _, c := range []struct{ text, place, hint string }{
		{"a: 1\ncompute: {x: f(a, b)}\n", "f.yaml:2:14", "put the whole value in quotes"},
		{"t:\n  x: {{ a }}\n", "f.yaml:2:6", "put the whole value in double quotes"},
		{"t:\n  x: {{ a }} and b\n", "f.yaml:2:6", "a value that begins with `{{` has to stand in double quotes"},
		{"t:\n  - y: 1\n    x: 'a' ~ b\n", "f.yaml:3:8", "put the whole value in quotes of the other kind"},
		{"a: 1\nb: c: d\n", "f.yaml:2:4", "a value that holds `: ` has to stand in quotes"},
		{"a:\n\tb: 1\n", "f.yaml:2:2", "YAML indents by spaces, not tabs"},
		{"x: [1, 2][0]\n", "f.yaml:1:4", "a value that begins with a bracket has to end with it: put the whole value in quotes"},
		{"x: {a: 1}.a\n", "f.yaml:1:4", "a value that begins with a bracket has to end with it: put the whole value in quotes"},
		{"x: > 3\n", "f.yaml:1:4", "a value that begins with such a character has to stand in quotes"},
		{"x: |a\n", "f.yaml:1:4", "a value that begins with such a character has to stand in quotes"},
		{"x: - b\n", "f.yaml:1:4", "a value that begins with such a character has to stand in quotes"},
		{"x: \"a\ny: 1\n", "f.yaml:1:4", "a quote isn't closed"},
		{"x: 'it''s\ny: 1\n", "f.yaml:1:4", "a quote isn't closed"},
		{"x: [a, b\ny: 1\n", "f.yaml:1:4", "a bracket isn't closed"},
		{"x: *price\n", "f.yaml:1:4", "put the value in quotes if it is an expression"},
		{"x: 1\ny: @b\n", "f.yaml:2:4", "begins with such a character"},
		{"x: 1\ny: 'open\nz: 2\n", "f.yaml:2:4", ""},
		{"a:\n  - b: 1\n  - c: 2\n d: 3\ne: 4\n", "f.yaml:4:2", ""},
	} {
		_, errs := read(c.text)
		if !strings.HasPrefix(errs, c.place+": ") || !strings.Contains(errs, c.hint) || strings.Contains(errs, "\n") {
			t.Errorf("%q: got %s; want %s … %s", c.text, errs, c.place, c.hint)
		}
	}
}

// A value that isn't YAML doesn't hide what comes after it.
func TestBrokenValuesAreLookedPast(t *testing.T) {
	n, errs := read("a: 'x' * 3\nb: *c\nd:\n  - @e\n  - {{ f }} g\n  - ok\nh: 'open\ni: 5\ni: 6\n")
	if got := strings.Count(errs, "\n") + 1; got != 6 || n == nil {
		t.Fatalf("%d errors: %s", got, errs)
	}
	if !n.Get("a").Broken || !n.Get("d").Items[1].Broken || n.Get("d").Items[2].Text != "ok" || n.Get("i").Text != "5" {
		t.Errorf("got %s", n.JSON())
	}
	if at := n.File.Slice(n.Get("d").Items[2].Span); at != "ok" {
		t.Errorf("places have moved: %q", at)
	}
}

func TestAliasesWithinBounds(t *testing.T) {
	n, errs := read("a: &x {b: 1}\nc: *x\n")
	if errs != "" || n.Get("c").JSON() != `{"b":1}` {
		t.Errorf("got %v, %s", n, errs)
	}
	if got := n.File.Slice(n.Get("c").Span); got != "*x" {
		t.Errorf("an alias stands at %q", got)
	}
}

// Hostile documents are refused, and soon.
func TestBombs(t *testing.T) {
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 9; i++ {
		last, next := string(rune('0'+i-1)), string(rune('0'+i))
		bomb += "a" + next + ": &a" + next + " [" + strings.TrimSuffix(strings.Repeat("*a"+last+", ", 9), ", ") + "]\n"
	}
	for name, text := range map[string]string{
		"aliases":  bomb,
		"brackets": strings.Repeat("[", 1<<20),
		"braces":   strings.Repeat("{a: ", 1<<18),
		"dashes":   strings.Repeat("- ", 1<<19),
		"keys":     strings.Repeat("? ", 1<<19),
		"quotes":   strings.Repeat("a: '\n", 1<<17),
		"items":    "a: [" + strings.Repeat("1,", MaxNodes+5) + "]",
	} {
		start := time.Now()
		if _, errs := read(text); errs == "" {
			t.Errorf("%s: accepted", name)
		} else if strings.Count(errs, "\n") > maxErrors {
			t.Errorf("%s: %d errors", name, strings.Count(errs, "\n"))
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: took %v", name, took)
		} else {
			t.Log(name, took)
		}
	}
}

func TestAnEmptyFileIsNull(t *testing.T) {
	for _, text := range []string{"", "\n", "# comment\n", "~\n"} {
		if n, errs := read(text); n == nil || n.Kind != Null || errs != "" {
			t.Errorf("%q: %v %s", text, n, errs)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a: {b: [c, 'd', \"e\\u0041\"]}\n", "x: |2-\n   a\n", "a: &b c\nd: *b\n", "x: >\n a\n\n  b\n", "? a\n: - b", "a: !x y # z", "\"\\\n a\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		stuck := time.AfterFunc(2*time.Second, func() { panic(fmt.Sprintf("stuck at %q", text)) })
		defer stuck.Stop()
		n, errs := read(text)
		if n == nil && errs == "" {
			t.Fatal("neither a tree nor an error")
		}
		walk(n, func(n *Node) {
			if n.Span.Start > n.Span.End || n.Span.End > len(text) {
				t.Fatalf("span %v of %d bytes", n.Span, len(text))
			}
			for i := 0; i <= len(n.Text); i++ {
				if at := n.Offset(i); at < 0 || at > len(text) {
					t.Fatalf("byte %d of %q is at %d of %d", i, n.Text, at, len(text))
				}
			}
			if errs == "" && n.Style == Plain && n.Kind == Scalar && n.Text != "" && n.File.Slice(n.Span)[0] != '*' && len(n.offsets) != len(n.Text) {
				t.Fatalf("lost its way in %q", n.Text)
			}
		})
	})
}

func walk(n *Node, visit func(*Node)) {
	if n == nil {
		return
	}
	visit(n)
	for _, item := range n.Items {
		walk(item, visit)
	}
	for _, e := range n.Entries {
		walk(e.Key, visit)
		walk(e.Value, visit)
	}
}
