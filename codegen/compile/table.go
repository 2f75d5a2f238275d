package compile

import (
	"errors"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/codegen/transform"
)

// A TableFile is a table in CSV or JSON that flows may be compiled with.
type TableFile struct {
	Name string
	File *source.File
	// Read reads it; NewTableFile's does so once, for all flows.
	Read func() (*contract.TableRows, error)
}

// NewTableFile is the table in a file.
func NewTableFile(name string, file *source.File) TableFile {
	return TableFile{name, file, sync.OnceValues(func() (*contract.TableRows, error) {
		return contract.ReadTable(file.Name, file.Text)
	})}
}

// TableName is the name of the table in a file, "" where the file is none.
func TableName(file string) string {
	ending := path.Ext(file)
	if !slices.Contains(contract.TableEndings, ending) {
		return ""
	}
	return strings.TrimSuffix(path.Base(file), ending)
}

// tables takes those that the flow is compiled with, and those that it
// declares. Their files are read when they are looked up: what is wrong with
// one that isn't is nothing to this flow.
func (c *compiler) tables(declared *syntax.Node) {
	for i := range c.in.Tables {
		in := &c.in.Tables[i]
		if first := c.tableFile(in.Name); first != in {
			c.diags.Errorf(in.File, source.At(0), source.DuplicateName, "the table %q is in %s, too", in.Name, first.File.Name).Hintf("keep one of the two")
			continue
		}
		t := &transform.Table{Name: in.Name, Types: map[string]string{}}
		t.Open = sync.OnceValue(func() bool { return c.open(t, in) })
		c.flow.Tables = append(c.flow.Tables, t)
	}
	if declared == nil {
		return
	}
	for _, e := range declared.Entries {
		c.name(e.Key, "table")
		var reported source.Diagnostics // when the flow was decoded
		f := TableOptions.Decode(e.Value, "table", &reported)
		i := slices.IndexFunc(c.flow.Tables, func(t *transform.Table) bool { return t.Name == e.Key.Text })
		if i < 0 {
			c.flow.Tables = append(c.flow.Tables, c.tableAtStart(e.Key, f))
			continue
		}
		c.declareFile(c.flow.Tables[i], e.Key, f)
	}
}

func (c *compiler) tableFile(name string) *TableFile {
	i := slices.IndexFunc(c.in.Tables, func(t TableFile) bool { return t.Name == name })
	return &c.in.Tables[i]
}

// tableAtStart is one whose file isn't here: the flow has to say what is in it.
func (c *compiler) tableAtStart(name *syntax.Node, f *syntax.Fields) *transform.Table {
	t := &transform.Table{Name: name.Text, At: name, AtStart: true, Types: map[string]string{}}
	for _, option := range []string{"key", "columns"} {
		if f.Node.Get(option) == nil {
			name.Errorf(c.diags, source.MissingKey, "table %q needs the key %q: it isn't compiled in", name.Text, option).
				Hintf("or put its file into `tables` of the flow's target")
		}
	}
	t.Key = f.Texts("key")
	for i, n := range f.Get("key").Each() {
		if slices.Contains(t.Key[:i], n.Text) {
			n.Errorf(c.diags, source.DuplicateName, "column %q is listed twice", n.Text)
		}
	}
	t.Columns = slices.Clone(t.Key)
	for _, n := range c.columns(t, f.Get("columns")) {
		// A type may be said of the key as of any other column.
		if !slices.Contains(t.Key, n.Text) {
			t.Columns = append(t.Columns, n.Text)
		} else if t.Types[n.Text] == "" {
			n.Errorf(c.diags, source.BadValue, "%q is the key, and no other column", n.Text)
		}
	}
	return t
}

// columns reads the declared columns: their names, and, into the table, their
// types.
func (c *compiler) columns(t *transform.Table, n *syntax.Node) (names []*syntax.Node) {
	if n == nil {
		return nil
	}
	if n.Kind != syntax.Map {
		list := syntax.Option{Name: "columns", Type: syntax.Texts}
		if !list.Check(n, nil, c.diags) {
			return nil
		}
		for i, item := range n.Items {
			if slices.ContainsFunc(n.Items[:i], func(other *syntax.Node) bool { return other.Text == item.Text }) {
				item.Errorf(c.diags, source.DuplicateName, "column %q is listed twice", item.Text)
			}
		}
		return n.Items
	}
	kind := syntax.Option{Name: "columns", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Enum, Values: contract.ColumnTypes}}
	kind.Check(n, nil, c.diags)
	for _, e := range n.Entries {
		if slices.Contains(contract.ColumnTypes, e.Value.Text) {
			t.Types[e.Key.Text] = e.Value.Text
		}
		names = append(names, e.Key)
	}
	return names
}

// declareFile takes what the flow says of a table that is compiled in.
func (c *compiler) declareFile(t *transform.Table, name *syntax.Node, f *syntax.Fields) {
	open := t.Open
	t.At = name
	columns := c.columns(t, f.Get("columns"))
	t.Open = sync.OnceValue(func() bool {
		good := open()
		if !good {
			return false
		}
		for _, n := range columns {
			if !slices.Contains(t.Columns, n.Text) {
				n.Errorf(c.diags, source.UnknownName, "table %q has no column %q", t.Name, n.Text).DidYouMean(n.Text, t.Columns).
					Hintf("it has %s", strings.Join(t.Columns, ", "))
				good = false
			}
		}
		if key := f.Get("key"); key != nil {
			t.Key = t.KeyColumns(key, c.diags)
			good = good && t.Key != nil
		}
		return good
	})
}

// open reads the file of a table that is compiled in.
func (c *compiler) open(t *transform.Table, in *TableFile) bool {
	rows, err := in.rows()
	if err != nil {
		c.badTable(in.File, err)
		return false
	}
	t.Columns, t.Text = rows.Header, rows.Text
	if rows.Text {
		t.Key = rows.Header[:1]
	}
	return true
}

func (t *TableFile) rows() (*contract.TableRows, error) {
	if t.Read != nil {
		return t.Read()
	}
	return contract.ReadTable(t.File.Name, t.File.Text)
}

// views puts the tables into the program, as they are looked up.
func (c *compiler) views() {
	for _, v := range c.flow.Views {
		want := v.Manifest()
		if v.Of.AtStart {
			c.manifest.Tables = append(c.manifest.Tables, want)
		} else {
			in := c.tableFile(v.Name)
			rows, err := in.rows()
			if err == nil {
				v.Blob, err = contract.EncodeTable(&want, rows)
			}
			if err != nil {
				c.badTable(in.File, err)
			}
		}
		c.program.Tables = append(c.program.Tables, v.Table)
	}
	for _, t := range c.flow.Tables {
		// What has an error may be its use.
		if !t.Used && t.At != nil && !c.diags.Failed() {
			t.At.Warnf(c.diags, source.Unused, "table %q is never looked up", t.Name)
		}
	}
}

func (c *compiler) badTable(file *source.File, err error) {
	at := source.At(0)
	var e *contract.TableError
	if errors.As(err, &e) && e.Line > 0 {
		start := file.Offset(source.Position{Line: e.Line, Column: 1}) + e.Column - 1
		line := file.Line(e.Line)
		at, err = source.Span{Start: start, End: start + max(0, len(line)-e.Column+1)}, e.Err
	}
	c.diags.Errorf(file, at, source.BadTable, "this table can't be used: %v", err)
}
