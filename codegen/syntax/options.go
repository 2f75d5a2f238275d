package syntax

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/source"
)

// Type is what an option's value has to be.
type Type int

// The types of options. Text takes any scalar as it was written; Texts is a
// list of them.
const (
	Any Type = iota
	Text
	Bool
	Integer
	Number
	Duration // Go's: 1s, 5m, 100ms
	Size     // bytes: 4096, 64KiB, 16MiB, 2GiB
	Enum     // one of Values
	Texts
	TextOrTexts // one, or a list of them
	Sequence    // a list whose items are Of
	Mapping     // a mapping of any keys whose values are Of
	Record      // a mapping of Fields
)

var typeNames = [...]string{"anything", "text", "true or false", "an integer", "a number", "a duration such as 5s",
	"a size such as 64MiB", "text", "a list of texts", "text, or a list of texts", "a list", "a mapping", "a mapping"}

// String is the type as an error and the reference name it.
func (t Type) String() string { return typeNames[t] }

// An Option declares one key of a mapping: what is accepted, and what the
// reference says about it.
type Option struct {
	Name     string
	Type     Type
	Required bool
	Doc      string
	Default  string   // of a scalar; what the accessors of Fields give when the key is absent
	Values   []string // of an Enum
	Fields   Options  // of a Record
	Of       *Option  // of a Sequence's items and a Mapping's values
}

// Options declare the keys that a mapping takes.
type Options []Option

// Names are the keys, in the order of declaration.
func (o Options) Names() []string {
	names := make([]string, len(o))
	for i, option := range o {
		names[i] = option.Name
	}
	return names
}

// Decode checks a mapping against its declaration and reports whatever is
// wrong with it, in the words of `what` ("flow", "connector kafka.orders").
// The fields hold what was right; a nil or wrong node gives empty ones.
func (o Options) Decode(n *Node, what string, diags *source.Diagnostics) *Fields {
	f := &Fields{Node: n, options: o, values: map[string]*Node{}, diags: diags}
	if n == nil {
		return f
	}
	if n.Kind != Map {
		n.Errorf(diags, source.WrongType, "%s has to be a mapping, not %s", what, n.Kind).Hintf("%s", o.takes())
		return f
	}
	meant := map[string]bool{} // by keys that are unknown, and reported for it
	for _, e := range n.Entries {
		i := slices.IndexFunc(o, func(option Option) bool { return option.Name == e.Key.Text })
		if i < 0 {
			if near, ok := source.Nearest(e.Key.Text, o.Names()); ok {
				meant[near] = true
			}
			e.Key.Errorf(diags, source.UnknownKey, "unknown key %q in %s", e.Key.Text, what).
				DidYouMean(e.Key.Text, o.Names()).Hintf("%s", o.takes())
			continue
		}
		if o[i].Check(e.Value, e.Key, diags) {
			f.values[e.Key.Text] = e.Value
		}
	}
	if n.Broken {
		return f // what seems to be missing may not have been read
	}
	for _, option := range o {
		if option.Required && n.Get(option.Name) == nil && !meant[option.Name] {
			one := n.Errorf(diags, source.MissingKey, "%s needs the key %q", what, option.Name)
			if option.Type == Enum {
				one.Hintf("%s: %s", option.Name, option.wants())
			}
			one.Hintf("%s: %s", option.Name, option.Doc)
		}
	}
	return f
}

func (o Options) takes() string {
	if len(o) == 0 {
		return "it takes no keys"
	}
	return "it takes " + strings.Join(o.Names(), ", ")
}

// Check says whether a value is what the option declares, and reports if not.
// What is itself to blame, not something inside of it, is then Broken. The key
// is where an absent value is reported, and may be nil.
func (o *Option) Check(n, key *Node, diags *source.Diagnostics) bool {
	if n.Broken {
		return false
	}
	before := diags.Len()
	if o.check(n, key, diags) {
		return true
	}
	n.Broken = diags.Len() > before && !o.holds(n)
	return false
}

// holds says whether a value is of the form that can hold others.
func (o *Option) holds(n *Node) bool {
	return n.Kind == List && (o.Type == Texts || o.Type == TextOrTexts || o.Type == Sequence) || n.Kind == Map && o.Nested()
}

// Nested says whether the value has keys of its own.
func (o *Option) Nested() bool { return o.Type == Mapping || o.Type == Record }

func (o *Option) check(n, key *Node, diags *source.Diagnostics) bool {
	if n.Kind == Null && o.Type != Any {
		at := n
		if key != nil {
			at = key
		}
		at.Errorf(diags, source.WrongType, "%q has no value; it has to be %s", o.Name, o.wants())
		return false
	}
	switch o.Type {
	case TextOrTexts:
		if n.Kind == Scalar {
			return true
		}
		fallthrough
	case Texts:
		return o.checkKind(n, List, diags) && (&Option{Name: o.Name, Of: &Option{Name: o.Name, Type: Text}}).checkItems(n, diags)
	case Sequence:
		return o.checkKind(n, List, diags) && o.checkItems(n, diags)
	case Mapping:
		return o.checkKind(n, Map, diags) && o.checkValues(n, diags)
	case Record:
		if !o.checkKind(n, Map, diags) {
			return false
		}
		o.Fields.Decode(n, fmt.Sprintf("%q", o.Name), diags)
		return true
	case Any:
		return true
	}
	if n.Kind != Scalar {
		n.Errorf(diags, source.WrongType, "%q has to be %s, not %s", o.Name, o.wants(), n.Kind)
		return false
	}
	return o.checkScalar(n, diags)
}

func (o *Option) wants() string {
	if o.Type == Enum {
		return "one of " + strings.Join(o.Values, ", ")
	}
	return o.Type.String()
}

func (o *Option) checkKind(n *Node, kind Kind, diags *source.Diagnostics) bool {
	if n.Kind == kind {
		return true
	}
	one := n.Errorf(diags, source.WrongType, "%q has to be %s, not %s", o.Name, o.wants(), n.Kind)
	if kind == List && n.Kind == Scalar {
		one.Hintf("write [%s]", n.Text)
	}
	return false
}

// checkItems reports every item that is wrong, not just the first.
func (o *Option) checkItems(n *Node, diags *source.Diagnostics) bool {
	good := true
	for _, item := range n.Items {
		good = o.checkElement(o.Name, item, nil, diags) && good
	}
	return good
}

func (o *Option) checkValues(n *Node, diags *source.Diagnostics) bool {
	good := true
	for _, e := range n.Entries {
		good = o.checkElement(e.Key.Text, e.Value, e.Key, diags) && good
	}
	return good
}

func (o *Option) checkElement(name string, n, key *Node, diags *source.Diagnostics) bool {
	if o.Of == nil {
		return true
	}
	element := *o.Of
	element.Name = name
	return element.Check(n, key, diags)
}
