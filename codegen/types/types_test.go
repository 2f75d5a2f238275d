package types

import (
	"testing"

	"github.com/weavster/weavster/codegen/ir"
)

func path(steps ...any) ir.Path { return steps }

const there = ir.Any &^ ir.Missing

// order is a message of which much is known.
func order() *Type {
	return Object(map[string]*Type{
		"id":       Of(ir.Int),
		"note":     Of(ir.String | ir.Missing),
		"customer": Object(map[string]*Type{"name": Of(ir.String)}, true),
		"lines":    {Kind: ir.Array, Items: Object(map[string]*Type{"qty": Of(ir.Int)}, false)},
		"maybe":    {Kind: ir.Object | ir.Missing, Closed: true},
	}, false)
}

func TestWhatIsAtAPath(t *testing.T) {
	for _, c := range []struct {
		path ir.Path
		want ir.Kind
	}{
		{path("id"), ir.Int},
		{path("other"), ir.Any},
		{path("id", "deeper"), ir.Missing},
		{path("customer", "name"), ir.String},
		{path("customer", "nobody"), ir.Missing},
		{path("customer", "name", 0), ir.String | ir.Missing}, // a character
		{path("lines", 0), ir.Object | ir.Missing},            // there may be none
		{path("lines", 0, "qty"), ir.Int | ir.Missing},
		{path("lines", "qty"), ir.Missing},
		{path("maybe", "x"), ir.Missing},
	} {
		if got := order().Get(c.path).Kind; got != c.want {
			t.Errorf("%s: %s, want %s", c.path, got, c.want)
		}
	}
}

func TestChanges(t *testing.T) {
	for name, c := range map[string]struct {
		after *Type
		path  ir.Path
		want  ir.Kind
	}{
		"set":                     {order().Set(path("id"), Of(ir.String)), path("id"), ir.String},
		"set, others stay":        {order().Set(path("id"), Of(ir.String)), path("note"), ir.String | ir.Missing},
		"set to what may be none": {order().Set(path("id"), Of(ir.String|ir.Missing)), path("id"), ir.String | ir.Int},
		"set makes objects":       {order().Set(path("a", "b"), Of(ir.Bool)), path("a"), ir.Object},
		"set in what was no object": {order().Set(path("id", "b"), Of(ir.Bool)), path("id", "c"),
			ir.Missing},
		"set where there may be none":   {order().Set(path("maybe", "x"), Of(ir.Bool)), path("maybe", "x"), ir.Bool},
		"set an item":                   {order().Set(path("lines", 0, "qty"), Of(ir.String)), path("lines", 3, "qty"), ir.Int | ir.String | ir.Missing},
		"remove":                        {order().Remove(path("id")), path("id"), ir.Missing},
		"remove inside":                 {order().Remove(path("customer", "name")), path("customer", "name"), ir.Missing},
		"remove what isn't there":       {order().Remove(path("id", "x")), path("id"), ir.Int},
		"remove in an item":             {order().Remove(path("lines", 0, "qty")), path("lines", 0, "qty"), ir.Int | ir.Missing},
		"move":                          {order().Move(path("id"), path("customer", "id")), path("customer", "id"), ir.Int},
		"move takes away":               {order().Move(path("id"), path("no")), path("id"), ir.Missing},
		"move what may be none":         {order().Move(path("note"), path("id")), path("id"), ir.String | ir.Int},
		"move what isn't known":         {order().Move(path("x"), path("y")), path("y"), ir.Any},
		"move keeps what was inside":    {order().Move(path("customer"), path("c")), path("c", "name"), ir.String},
		"one way or the other":          {Join(order(), order().Remove(path("id"))), path("id"), ir.Int | ir.Missing},
		"an object or nothing":          {Join(Of(ir.Null), order()), path("id"), ir.Int | ir.Missing},
		"open or closed":                {Join(Object(nil, true), Object(nil, false)), path("x"), ir.Any},
		"both closed":                   {Join(Object(nil, true), Object(nil, true)), path("x"), ir.Missing},
		"those that may differ":         {Either(order(), order(), order().Set(path("id"), Of(ir.Null)), []string{"id"}), path("id"), ir.Int | ir.Null},
		"not a kind":                    {Of(ir.Any).Without(ir.Missing), nil, there},
		"any item of either":            {Join(&Type{Kind: ir.Array, Items: Of(ir.Int)}, &Type{Kind: ir.Array, Items: Of(ir.Null)}), path(0), ir.Int | ir.Null | ir.Missing},
		"any item, one of them unknown": {Join(&Type{Kind: ir.Array, Items: Of(ir.Int)}, Of(ir.Array)), path(0), ir.Any},
	} {
		if got := c.after.Get(c.path).Kind; got != c.want {
			t.Errorf("%s: %s is %s, want %s", name, c.path, got, c.want)
		}
	}
	if order().Get(path("id")).Kind != ir.Int {
		t.Error("a change changed what it was made of")
	}
}

// Values are known as long as every way to the type says which.
func TestValues(t *testing.T) {
	paid := &Type{Kind: ir.String, Values: []string{`"paid"`}}
	open := &Type{Kind: ir.String, Values: []string{`"open"`}}
	if got := Join(paid, open).Values; len(got) != 2 {
		t.Errorf("got %q", got)
	}
	if got := Join(paid, Of(ir.Missing)).Values; len(got) != 1 {
		t.Errorf("got %q", got)
	}
	if got := Join(paid, Of(ir.Int)).Values; got != nil {
		t.Errorf("got %q", got)
	}
}
