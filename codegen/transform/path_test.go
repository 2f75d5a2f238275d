package transform

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/weavster/weavster/codegen/ir"
)

func TestPaths(t *testing.T) {
	for text, want := range map[string]ir.Path{
		"a":                {"a"},
		"customer.id":      {"customer", "id"},
		"items[0].sku":     {"items", 0, "sku"},
		"m[1][2]":          {"m", 1, 2},
		`"a.b".c`:          {"a.b", "c"},
		`c."x y"[3]`:       {"c", "x y", 3},
		`"say \"hi\"\n"`:   {"say \"hi\"\n"},
		"x-y":              {"x-y"},
		"größe.$ref.@type": {"größe", "$ref", "@type"},
		`""`:               {""},
	} {
		got, err := ParsePath(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		if again, err := ParsePath(got.String()); err != nil || !cmp.Equal(again, got) {
			t.Errorf("%s is printed as %s, which reads as %v, %v", text, got, again, err)
		}
	}
}

func TestWhatIsNoPath(t *testing.T) {
	for text, want := range map[string]string{
		"":        "it is empty",
		"a..b":    "a name is missing, or has to stand in double quotes",
		"a.":      "",
		".a":      "a name is missing, or has to stand in double quotes",
		"[0]":     "a name is missing, or has to stand in double quotes",
		"a[x]":    `"x" is no index; items count from 0`,
		"a[-1]":   `"-1" is no index; items count from 0`,
		"a[1":     "a bracket isn't closed",
		`"a`:      "a quoted name isn't closed, or has an escape that isn't known",
		`a"b"`:    `a dot or a bracket is expected before "\"b\""`,
		"a b":     `a dot or a bracket is expected before " b"`,
		"a]":      `a dot or a bracket is expected before "]"`,
		"a\u202e": `a dot or a bracket is expected before "\u202e"`,
	} {
		if got, err := ParsePath(text); err == nil || want != "" && err.Error() != want {
			t.Errorf("%q: %v, %v; want %s", text, got, err, want)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"a.b[0]", `"a\"".c`, "[", "a["} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path, err := ParsePath(text)
		if err != nil {
			return
		}
		again, err := ParsePath(path.String())
		if err != nil || !cmp.Equal(path, again) {
			t.Errorf("%q reads as %#v, is printed as %s, reads as %#v, %v", text, path, path, again, err)
		}
	})
}
