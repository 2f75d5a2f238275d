package expr

import (
	"strings"

	"github.com/weavster/weavster/codegen/minijinja"
)

// filterFor is the filter that does what a function of another language does.
var filterFor = map[string]string{"len": "length", "size": "length", "str": "string"}

// testFor is the expression that says what a test of another language does.
var testFor = map[string]string{"null": "x is none", "nil": "x is none", "missing": "x is undefined", "empty": "x == ''", "blank": "x | trim == ''"}

// operatorFor is what is written here for an operator of another language.
var operatorFor = []struct{ theirs, ours string }{
	{"&&", "and"}, {"||", "or"}, {"<>", "!="}, {"!", "not"}, {"?", "x if test else y"},
}

// habit is a hint for what people bring along from elsewhere: operators of
// other languages, and the braces of a template. It is "" where there is none.
func habit(code string, e *minijinja.Error) string {
	switch trimmed := strings.TrimSpace(code); {
	case strings.HasPrefix(trimmed, "{{"):
		return "an expression stands without `{{ }}`"
	case strings.HasPrefix(trimmed, "{%"):
		return "an expression stands without `{% %}`; `x if test else y` is one"
	case e.At.Start > len(code):
		return ""
	}
	before, after := code[:e.At.Start], code[e.At.Start:]
	for _, o := range operatorFor {
		// The parser takes the first half of `||` for a filter's bar.
		if strings.HasPrefix(after, o.theirs) || len(o.theirs) == 2 && before != "" && strings.HasPrefix(before[len(before)-1:]+after, o.theirs) {
			return "write `" + o.ours + "`"
		}
	}
	// In `a > = b` the sign is the second half of another one.
	if strings.HasPrefix(after, "=") && !strings.HasPrefix(after, "==") && !strings.ContainsAny(last(before), "<>!") {
		return "write `==`"
	}
	return ""
}

// last is the last character that isn't space.
func last(text string) string {
	text = strings.TrimSpace(text)
	return text[max(0, len(text)-1):]
}
