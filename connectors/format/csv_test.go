package format

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCSV(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"fields are strings":      {"1,x\n", []string{`1: {"id":"1","name":"x"}`}},
		"quotes and line ends":    {"1,\"a \"\"b\"\"\nc\"\n2,y\n", []string{`1: {"id":"1","name":"a \"b\"\nc"}`, `3: {"id":"2","name":"y"}`}},
		"CR LF and no last end":   {"1,x\r\n2,y", []string{`1: {"id":"1","name":"x"}`, `2: {"id":"2","name":"y"}`}},
		"blank lines":             {"\n1,x\n\r\n2,y\n", []string{`2: {"id":"1","name":"x"}`, `4: {"id":"2","name":"y"}`}},
		"a field too few":         {"1\n2,y\n", []string{`2: {"id":"2","name":"y"}`, "1! W1001 malformed 1"}},
		"a stray quote":           {"1,x\"y\n2,y\n", []string{`2: {"id":"2","name":"y"}`, "1! W1001 malformed 1,x\"y"}},
		"a quote that never ends": {"1,\"x\n2,y\n3,zzzzzzzzzzzzzzzzzzzzz\n", []string{`2: {"id":"2","name":"y"}`, `3: {"id":"3","name":"zzzzzzzzzzzzzzzzzzzzz"}`, "1! W1304 too_long 1,\"x"}},
	} {
		for _, piece := range []int{1, 5, 1000} {
			f, err := NewCSV([]string{"id", "name"}, 30)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, frame(t, f, c.text, piece)); diff != "" {
				t.Errorf("%s, in pieces of %d (-want +got):\n%s", name, piece, diff)
			}
		}
	}
}

func TestARecordThatIsOddSaysHow(t *testing.T) {
	f, err := NewCSV([]string{"id", "name"}, 30)
	if err != nil {
		t.Fatal(err)
	}
	out := &Messages{Full: 1 << 20}
	f.Frame(out, []byte("1,2,3\n"), true)
	if got := out.Refused[0].Detail; got != "the record has 3 fields, the header 2" {
		t.Error(got)
	}
}

func TestHeadersThatCantBeUsed(t *testing.T) {
	for text, want := range map[string]string{
		"":        "no header",
		"id,,x\n": "no name for column 2",
		"i\"d\n":  "isn't CSV",
	} {
		if _, err := Header([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v lacks %q", text, err, want)
		}
	}
	if _, err := NewCSV([]string{"id", "id"}, 9); err == nil || !strings.Contains(err.Error(), `"id" twice`) {
		t.Errorf("a name given twice: %v", err)
	}
}

func TestObject(t *testing.T) {
	row := ` { "a" : 1.10 , "b\"":{"x":[1,"]}"]},"c":"\\","d":[],"e":null}`
	var got []string
	err := Object([]byte(row), func(key, value []byte) error {
		got = append(got, fmt.Sprintf("%s=%s", key, value))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a=1.10", `b"={"x":[1,"]}"]}`, `c="\\"`, "d=[]", "e=null"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatIsntAnObjectIsAnError(t *testing.T) {
	for _, row := range []string{"", "1", "[]", "{", `{"a`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{"a":[1}`, `{"a" 1}`, `{"a":"x}`, `{a:1}`} {
		if err := Object([]byte(row), func(_, _ []byte) error { return nil }); err == nil {
			t.Errorf("%q passed", row)
		}
	}
}

func TestCSVColumns(t *testing.T) {
	c := &CSVColumns{Columns: []string{"id", "name", "tags"}}
	text, unfit := c.Append(c.Begin(nil), rows(`{"name":"a, \"b\"\u00e9","id":1.10,"x":1}`, `[1]`, `{"tags":[1,2],"name":null}`))
	want := "id,name,tags\n1.10,\"a, \"\"b\"\"é\",\n,,\"[1,2]\"\n"
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Unfit{{1, "the row isn't a JSON object"}}, unfit); diff != "" {
		t.Errorf("unfit (-want +got):\n%s", diff)
	}
}

func TestJSONLinesAreTheRowsAsTheyAre(t *testing.T) {
	text, _ := JSONLines{}.Append([]byte("x\n"), rows(`{"a":1.10}`, `{"b":2}`))
	if want := "x\n{\"a\":1.10}\n{\"b\":2}\n"; string(text) != want {
		t.Errorf("%q, want %q", text, want)
	}
}
