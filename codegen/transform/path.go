package transform

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// ParsePath reads a field's path: names joined by dots, `[0]` for an item of a
// list, names with odd characters in double quotes.
func ParsePath(text string) (ir.Path, error) {
	var path ir.Path
	for at := 0; at < len(text); {
		rest := text[at:]
		if len(path) > 0 {
			switch {
			case strings.HasPrefix(rest, "["):
				index, length, err := pathIndex(rest)
				if err != nil {
					return nil, err
				}
				path, at = append(path, index), at+length
				continue
			case rest[0] != '.':
				return nil, fmt.Errorf("a dot or a bracket is expected before %q", rest)
			}
			at++
			rest = rest[1:]
		}
		name, length, err := pathName(rest)
		if err != nil {
			return nil, err
		}
		path, at = append(path, name), at+length
	}
	if len(path) == 0 {
		return nil, errors.New("it is empty")
	}
	return path, nil
}

func pathIndex(text string) (index, length int, err error) {
	end := strings.IndexByte(text, ']')
	if end < 0 {
		return 0, 0, errors.New("a bracket isn't closed")
	}
	index, err = strconv.Atoi(text[1:end])
	if err != nil || index < 0 || index > 1<<31-1 {
		return 0, 0, fmt.Errorf("%q is no index; items count from 0", text[1:end])
	}
	return index, end + 1, nil
}

func pathName(text string) (name string, length int, err error) {
	if strings.HasPrefix(text, `"`) {
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return "", 0, errors.New("a quoted name isn't closed, or has an escape that isn't known")
		}
		name, err = strconv.Unquote(quoted)
		return name, len(quoted), err
	}
	end := strings.IndexFunc(text, func(r rune) bool {
		return r == '.' || r == '[' || r == ']' || r == '"' || r == '\'' || r == '\\' || unicode.IsSpace(r) || !unicode.IsPrint(r)
	})
	if end < 0 {
		end = len(text)
	}
	if end == 0 {
		return "", 0, errors.New("a name is missing, or has to stand in double quotes")
	}
	return text[:end], end, nil
}

// path reads the path in a scalar, or reports and is nil.
func (f *Flow) path(n *syntax.Node) ir.Path {
	if n.Broken {
		return nil
	}
	if n.Kind != syntax.Scalar {
		n.Errorf(f.Diags, source.WrongType, "a field's path is expected here, not %s", n.Kind)
		return nil
	}
	path, err := ParsePath(n.Text)
	if err != nil {
		n.Errorf(f.Diags, source.BadPath, "%q is no path of a field: %v", n.Text, err).
			Hintf(`write customer.id, items[0].sku or, with odd names, '"a.b".c'`)
		return nil
	}
	return path
}

// Optional is the field that a scalar names, which isn't missed where messages
// lack it, or nil after an error.
func (f *Flow) Optional(n *syntax.Node) *contract.Field {
	path := f.path(n)
	if path == nil {
		return nil
	}
	f.Fields.take(path, n)
	field := FieldOf(path)
	return &field
}
