package document

import "testing"

func TestStringKeepsDigitsAndOrder(t *testing.T) {
	for _, text := range []string{
		`{"b":1.10,"a":[1e5,{"x y":null}],"b":"a\"b<é>","n":123456789012345678901234567890}`, `[]`, `{}`, `true`, `"\u0000"`, `-0`,
	} {
		v, err := Parse([]byte(" " + text + "\n"))
		if err != nil || v.String() != text {
			t.Errorf("%s became %v, %v", text, v, err)
		}
	}
	for _, text := range []string{"", "{", "1 2", `{"a"}`, "nul"} {
		if v, err := Parse([]byte(text)); err == nil {
			t.Errorf("%q is %v", text, v)
		}
	}
}

func TestAt(t *testing.T) {
	v, err := Parse([]byte(`{"a":{"b/c":[10,{"~":"x"}]},"twice":1,"twice":2}`))
	if err != nil {
		t.Fatal(err)
	}
	for pointer, want := range map[string]string{
		"/a/b~1c/0": "10", "/a/b~1c/1/~0": `"x"`, "/twice": "2", "/a/b~1c": `[10,{"~":"x"}]`, "/a/b~1c/2": "", "/a/b~1c/-1": "", "/a/x": "", "/a/b~1c/0/x": "", "/x/y": "",
	} {
		got := ""
		if found := v.At(pointer); found != nil {
			got = found.String()
		}
		if got != want {
			t.Errorf("%s is %s, want %s", pointer, got, want)
		}
	}
}
