package compare

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
)

// maxRows is how many rows of a table are listed.
const maxRows = 50

// A Table is what changed of one that is compiled in.
type Table struct {
	Path string   `json:"path"`
	Key  []string `json:"key,omitempty"` // what rows are told apart by
	// Note says why rows weren't compared.
	Note    string `json:"note,omitempty"`
	Added   int    `json:"added,omitempty"`
	Removed int    `json:"removed,omitempty"`
	Changed int    `json:"changed,omitempty"`
	Columns []Row  `json:"columns,omitempty"` // that came or went
	Rows    []Row  `json:"rows,omitempty"`    // the first of those that differ
}

// A Row is one that differs: of those that are on both sides, what differs of
// it.
type Row struct {
	Key  string `json:"key"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// tables compares those that flows are compiled with. The lineage says by
// which columns rows are looked up.
func tables(from, to map[string]string, lineages [2]*contract.Lineage) (list []Table, err error) {
	changed, err := fileSets(from, to, isTable)
	if err != nil {
		return nil, err
	}
	for _, f := range changed {
		t := Table{Path: f.Path}
		switch {
		case f.Came:
			t.Note = "the flow looks it up now"
		case f.Gone:
			t.Note = "the flow looks it up no more"
		default:
			if err := t.compare(from[f.Path], to[f.Path], keyOf(f.Path, lineages)); err != nil {
				return nil, err
			}
		}
		list = append(list, t)
	}
	return list, nil
}

// keyOf are the columns that a table is looked up by, alike on both sides;
// none: it isn't known.
func keyOf(file string, lineages [2]*contract.Lineage) (key []string) {
	name := strings.TrimSuffix(path.Base(file), path.Ext(file))
	for _, l := range lineages {
		if l == nil {
			return nil
		}
		i := slices.IndexFunc(l.Tables, func(t contract.TableLineage) bool { return t.Name == name && t.Compiled })
		if i < 0 || key != nil && !slices.Equal(key, l.Tables[i].Key) {
			return nil
		}
		key = l.Tables[i].Key
	}
	return key
}

func (t *Table) compare(from, to string, key []string) error {
	read := func(text []byte) (*contract.TableRows, error) { return contract.ReadTable(t.Path, text) }
	both, err := both(from, to, read)
	if err != nil {
		t.Note = "it can't be read: " + err.Error()
		return nil
	}
	before, after := both[0], both[1]
	for _, name := range before.Header {
		if !slices.Contains(after.Header, name) {
			t.Columns = append(t.Columns, Row{Key: name, From: "there"})
		}
	}
	for _, name := range after.Header {
		if !slices.Contains(before.Header, name) {
			t.Columns = append(t.Columns, Row{Key: name, To: "there"})
		}
	}
	a, okA := rowsBy(before, key)
	b, okB := rowsBy(after, key)
	if !okA || !okB { // as in a table that is looked up by several keys
		key = nil
		a, _ = rowsBy(before, before.Header)
		b, _ = rowsBy(after, after.Header)
	}
	t.Key = key
	t.rows(a, b)
	return nil
}

// A row is a table's, by the names of its columns.
type row map[string]string

func (r row) text(key string) string { return r[key] }

// rowsBy are the rows by the cells of some columns; not ok: these don't tell
// them apart.
func rowsBy(t *contract.TableRows, key []string) (map[string]row, bool) {
	all := map[string]row{}
	places := make([]int, len(key))
	for i, name := range key {
		if places[i] = slices.Index(t.Header, name); places[i] < 0 {
			return nil, false
		}
	}
	for _, cells := range t.Rows {
		r, parts := row{}, make([]string, len(key))
		for i, cell := range cells {
			r[t.Header[i]] = cell
		}
		for i, at := range places {
			if at < len(cells) {
				parts[i] = cells[at]
			}
		}
		all[strings.Join(parts, ", ")] = r
	}
	return all, len(key) > 0 && len(all) == len(t.Rows)
}

func (t *Table) rows(from, to map[string]row) {
	keys := maps.Clone(from)
	maps.Copy(keys, to)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		before, was := from[key]
		after, is := to[key]
		one := Row{Key: key}
		switch {
		case !was:
			t.Added++
			one.To = cells(after)
		case !is:
			t.Removed++
			one.From = cells(before)
		case maps.Equal(before, after):
			continue
		default:
			t.Changed++
			one.From, one.To = differing(before, after)
		}
		if len(t.Rows) < maxRows {
			t.Rows = append(t.Rows, one)
		}
	}
}

func cells(r row) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(r)) {
		list = append(list, fmt.Sprintf("%s=%s", name, r.text(name)))
	}
	return strings.Join(list, " ")
}

// differing are the cells that two rows of one key don't share.
func differing(from, to row) (before, after string) {
	a, b := maps.Clone(from), maps.Clone(to)
	for name, cell := range from {
		if other, ok := to[name]; ok && other == cell {
			delete(a, name)
			delete(b, name)
		}
	}
	return cells(a), cells(b)
}
