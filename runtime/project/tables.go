package project

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// table reads one table of a flow and encodes it as the flow looks it up. It
// is nil after an error, and where the file isn't known or isn't there yet.
func (p *Project) table(ctx context.Context, flow *Flow, want *contract.Table, diags *source.Diagnostics) (blob []byte) {
	e, ok := p.tables[want.Name]
	if !ok {
		flow.errorf(diags, want.At, source.Dangling, "the table %q is not in %s", want.Name, p.shown(MainFile)).
			DidYouMean(want.Name, slices.Sorted(maps.Keys(p.tables))).Hintf("tables: {%s: {path: data/%s.csv}}", want.Name, want.Name)
		return nil
	}
	node := e.Value.Get("path")
	if node == nil {
		return nil // which was reported when the file was read
	}
	p.render(ctx, node, diags, func(n *syntax.Node, whole bool, diags *source.Diagnostics) {
		if whole {
			blob = p.encode(flow, want, n, diags)
		}
	})
	return blob
}

func (p *Project) encode(flow *Flow, want *contract.Table, path *syntax.Node, diags *source.Diagnostics) []byte {
	name := path.Text
	if !filepath.IsAbs(name) {
		name = filepath.Join(p.folderOf(path), name)
	}
	text, err := readTable(name)
	if errors.Is(err, fs.ErrNotExist) && p.settings.Env == nil {
		if p.settings.Folder == p.settings.Data {
			return nil
		}
		path.Warnf(diags, source.BadTable, "there is no %s yet; flow %s reads it when it starts", path.Text, flow.Manifest.Flow)
		return nil
	} else if err != nil {
		path.Errorf(diags, source.BadTable, "the table %q can't be read: %v", want.Name, cause(err))
		return nil
	}
	rows, err := contract.ReadTable(name, text)
	if err == nil {
		var blob []byte
		if blob, err = contract.EncodeTable(want, rows); err == nil {
			return blob
		}
	}
	path.Errorf(diags, source.BadTable, "the table %q of flow %s (%s): %s: %v",
		want.Name, flow.Manifest.Flow, flow.place(want.At), path.Text, err)
	return nil
}

// readTable reads a file as far as a table may be long, and a byte more.
func readTable(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(file, contract.MaxTableBytes+1))
	return text, errors.Join(err, file.Close())
}

// cause is an error of the file system without the path, which is shown as it
// was configured.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
