package explain

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/weavster/weavster/runtime/document"
)

// A Change is a field that a step has set, changed, removed or renamed.
type Change struct {
	Path   string          `json:"path"`
	From   string          `json:"from,omitempty"`   // what it was called
	Before json.RawMessage `json:"before,omitempty"` // absent: it wasn't there
	After  json.RawMessage `json:"after,omitempty"`  // absent: it is gone
	raw    string          // of a field that came or went: its value, unmasked
}

// changes are what differs between a message before and after a step.
func (t *teller) changes(kind string, before, after *document.Value) []Change {
	d := differ{mask: t.mask}
	if before == nil {
		before = &document.Value{Kind: '{'}
	}
	d.compare("", "", before, after)
	if kind == "rename" {
		d.pair()
	}
	return d.list
}

type differ struct {
	mask *mask
	list []Change
}

// compare goes down to the fields: what is inside of an object or array that
// stays one is told, not all of it.
func (d *differ) compare(path, pointer string, before, after *document.Value) {
	switch {
	case before.Kind == '{' && after.Kind == '{':
		for i, key := range before.Keys {
			d.part(path, pointer, before, i, after.Member(key), false)
		}
		for i, key := range after.Keys {
			if before.Find(key) < 0 {
				d.part(path, pointer, after, i, nil, true)
			}
		}
	case before.Kind == '[' && after.Kind == '[':
		for i := range max(len(before.Items), len(after.Items)) {
			switch {
			case i >= len(before.Items):
				d.part(path, pointer, after, i, nil, true)
			case i >= len(after.Items):
				d.part(path, pointer, before, i, nil, false)
			default:
				d.part(path, pointer, before, i, after.Items[i], false)
			}
		}
	case before.Kind != after.Kind || before.String() != after.String():
		d.add(Change{Path: path, Before: d.mask.show(pointer, before), After: d.mask.show(pointer, after)})
	}
}

// part compares item i of a value with another; where came is set, there was
// none before.
func (d *differ) part(path, pointer string, of *document.Value, i int, other *document.Value, came bool) {
	item := of.Items[i]
	path, pointer = path+member(of, i, path == ""), pointer+"/"+step(of, i)
	switch {
	case other != nil:
		d.compare(path, pointer, item, other)
	case came:
		d.add(Change{Path: path, After: d.mask.show(pointer, item), raw: item.String()})
	default:
		d.add(Change{Path: path, Before: d.mask.show(pointer, item), raw: item.String()})
	}
}

func (d *differ) add(c Change) { d.list = append(d.list, c) }

// pair makes one change of a field that went and one that came with the same
// value.
func (d *differ) pair() {
	var list []Change
	used := map[int]bool{}
	for _, gone := range d.list {
		for i, came := range d.list {
			if gone.Before != nil && gone.After == nil && came.Before == nil && came.raw == gone.raw && !used[i] {
				used[i] = true
				gone = Change{Path: came.Path, From: gone.Path, After: came.After}
				break
			}
		}
		list = append(list, gone)
	}
	d.list = list[:0]
	for i, c := range list {
		if !used[i] {
			d.add(c)
		}
	}
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// member is item i of a value behind its path, as flows write paths.
func member(of *document.Value, i int, first bool) string {
	if of.Kind == '[' {
		return "[" + strconv.Itoa(i) + "]"
	}
	name := of.Keys[i]
	if !plainName.MatchString(name) {
		name = strconv.Quote(name)
	}
	if first {
		return name
	}
	return "." + name
}

var escape = strings.NewReplacer("~", "~0", "/", "~1")

// step is item i of a value in a JSON pointer.
func step(of *document.Value, i int) string {
	if of.Kind == '[' {
		return strconv.Itoa(i)
	}
	return escape.Replace(of.Keys[i])
}
