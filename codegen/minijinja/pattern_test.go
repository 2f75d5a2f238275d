package minijinja

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/weavster/weavster/codegen/source"
)

func TestParsePattern(t *testing.T) {
	for text, want := range map[string]*Pattern{
		`^(?P<family>[A-Z]+)-(?P<number>\d+)$`: {Groups: []string{"family", "number"}, All: true, Matches: true, Anchored: true, OnePass: true},
		`(a)|(?<b>b)?`:                         {Groups: []string{"", "b"}, Matches: true, Empty: true, OnePass: true},
		`[a&&b]`:                               {Groups: []string{}, All: true, OnePass: true},
		`\.`:                                   {Groups: []string{}, All: true, Matches: true, OnePass: true, Literal: "."},
	} {
		got, err := engine.ParsePattern(t.Context(), text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if len(got.Code) == 0 || got.Size == 0 {
			t.Errorf("%s: %d bytes of code, %d of states", text, len(got.Code), got.Size)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Pattern{}, "Code", "Size")); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
}

func TestGroupsByName(t *testing.T) {
	p := &Pattern{Groups: []string{"a", "", "b"}}
	if p.Group("b") != 3 || p.Group("c") != -1 || p.Group("") != -1 || !cmp.Equal(p.Named(), []string{"a", "b"}) {
		t.Errorf("%d, %d, %d, %v", p.Group("b"), p.Group("c"), p.Group(""), p.Named())
	}
}

func TestWhatIsNoPattern(t *testing.T) {
	for text, want := range map[string]*Error{
		`é(a`:                        {Kind: Syntax, At: source.Span{Start: 2, End: 3}, Message: "unclosed group"},
		`a(?!b)`:                     {Kind: Syntax, At: source.Span{Start: 1, End: 4}, Message: "look-around, including look-ahead and look-behind, is not supported"},
		`(a{1000}){1000}`:            {Kind: TooLarge, At: source.Span{Start: 0, End: 15}, Message: "takes more than 4096 KiB of memory: its repetitions multiply"},
		strings.Repeat("a", 4<<10+1): {Kind: TooLarge, At: source.Span{Start: 0, End: 4<<10 + 1}, Message: "is longer than 4096 bytes"},
		strings.Repeat("(", 200):     {Kind: Syntax, At: source.Span{Start: 199, End: 200}, Message: "unclosed group"},
	} {
		_, err := engine.ParsePattern(t.Context(), text)
		var got *Error
		if !errors.As(err, &got) {
			t.Errorf("%.20s: %v", text, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.20s\n%s", text, diff)
		}
	}
}
