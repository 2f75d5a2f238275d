package syntax

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weavster/weavster/codegen/source"
)

// Fields are those values of a mapping that were what its Options declare.
type Fields struct {
	Node    *Node
	options Options
	values  map[string]*Node
	diags   *source.Diagnostics
}

// Get is the value under a key, or nil where it is absent or was wrong.
func (f *Fields) Get(name string) *Node { return f.values[name] }

// text is the written or default text of a scalar. To ask for a key that the
// table of options lacks is a mistake in this program.
func (f *Fields) text(name string) string {
	if n := f.values[name]; n != nil {
		return n.Text
	}
	i := slices.IndexFunc(f.options, func(o Option) bool { return o.Name == name })
	if i < 0 {
		panic(fmt.Sprintf("no option %q is declared", name))
	}
	return f.options[i].Default
}

// Text is a scalar's text, or the default.
func (f *Fields) Text(name string) string { return f.text(name) }

// Bool is a Bool's value, or the default.
func (f *Fields) Bool(name string) bool { return strings.EqualFold(f.text(name), "true") }

// Integer is an Integer's value, or the default, or 0.
func (f *Fields) Integer(name string) int64 {
	value, err := strconv.ParseInt(f.text(name), 10, 64)
	if err != nil {
		return 0 // only where neither is given: Check has seen the text
	}
	return value
}

// Duration is a Duration's value, or the default, or 0.
func (f *Fields) Duration(name string) time.Duration {
	value, err := time.ParseDuration(f.text(name))
	if err != nil {
		return 0
	}
	return value
}

// Size is a Size's value in bytes, or the default, or 0.
func (f *Fields) Size(name string) int64 {
	value, err := parseSize(f.text(name))
	if err != nil {
		return 0
	}
	return value
}

// Texts are the items of a Texts, or of a TextOrTexts.
func (f *Fields) Texts(name string) []string {
	var texts []string
	for _, item := range f.values[name].Each() {
		texts = append(texts, item.Text)
	}
	return texts
}

// Record is the fields of a Record; they are empty where it is absent. What
// is wrong with them was reported when the outer mapping was decoded.
func (f *Fields) Record(name string) *Fields {
	i := slices.IndexFunc(f.options, func(o Option) bool { return o.Name == name })
	if i < 0 {
		panic(fmt.Sprintf("no option %q is declared", name))
	}
	var reported source.Diagnostics
	return f.options[i].Fields.Decode(f.values[name], name, &reported)
}

// checkScalar is Check for the types that one scalar holds.
func (o *Option) checkScalar(n *Node, diags *source.Diagnostics) bool {
	wrong := func() bool {
		one := n.Errorf(diags, source.WrongType, "%q has to be %s, not %q", o.Name, o.wants(), n.Text)
		hintScalar(one, o.Type, n)
		return false
	}
	switch o.Type {
	case Bool:
		if _, ok := n.Bool(); !ok {
			return wrong()
		}
	case Integer:
		if _, err := strconv.ParseInt(n.Text, 10, 64); err != nil || !n.IsInteger() {
			return wrong()
		}
	case Number:
		if value, err := strconv.ParseFloat(n.Text, 64); err != nil || math.IsInf(value, 0) || !n.IsNumber() {
			return wrong()
		}
	case Duration:
		if d, err := time.ParseDuration(n.Text); err != nil || d < 0 {
			return wrong()
		}
	case Size:
		if _, err := parseSize(n.Text); err != nil {
			return wrong()
		}
	case Enum:
		if !slices.Contains(o.Values, n.Text) {
			one := n.Errorf(diags, source.BadValue, "%q has to be %s, not %q", o.Name, o.wants(), n.Text)
			if word := kindWords[strings.ToLower(n.Text)]; slices.Contains(o.Values, word) {
				one.Hintf("did you mean %q?", word)
			}
			one.DidYouMean(n.Text, o.Values)
			return false
		}
	}
	return true
}

// kindWords are other languages' words for kinds of values, with ours.
var kindWords = map[string]string{
	"integer": "int", "bigint": "int", "long": "int", "str": "string", "text": "string", "varchar": "string", "boolean": "bool", "double": "float", "real": "float",
	"numeric": "decimal", "number": "float", "money": "decimal", "date": "timestamp", "datetime": "timestamp", "time": "timestamp", "object": "json",
}

func hintScalar(one *source.Diagnostic, t Type, n *Node) {
	switch strings.ToLower(n.Text) {
	case "on", "yes", "y":
		if t == Bool {
			one.Hintf("`%s` is text in YAML 1.2; write true", n.Text)
		}
	case "off", "no", "n":
		if t == Bool {
			one.Hintf("`%s` is text in YAML 1.2; write false", n.Text)
		}
	}
	if n.Style == SingleQuoted || n.Style == DoubleQuoted {
		one.Hintf("leave the quotes out")
	}
}

// BooleanLookalike says whether a plain scalar is text that older YAML took
// for a boolean: whoever wrote `no` may have meant either.
func (n *Node) BooleanLookalike() bool {
	if n.Kind != Scalar || n.Style != Plain {
		return false
	}
	switch strings.ToLower(n.Text) {
	case "on", "off", "yes", "no", "y", "n":
		return true
	}
	return false
}

var sizeUnits = []struct {
	suffix string
	bytes  int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"", 1}}

func parseSize(text string) (int64, error) {
	for _, unit := range sizeUnits {
		digits, ok := strings.CutSuffix(text, unit.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return 0, err
		}
		if n < 0 || n > math.MaxInt64/unit.bytes {
			return 0, errors.New("out of range")
		}
		return n * unit.bytes, nil
	}
	return 0, errors.New("not a size")
}
