package format

import (
	"bytes"
	"encoding/json"
	"errors"
)

var errObject = errors.New("the row isn't a JSON object")

// Object calls visit with each key, unescaped, and value, as it stands, at the
// top level of a JSON object. It finds its way by brackets and quotes and checks no
// more of the grammar than that: rows come from a flow that wrote JSON.
func Object(row []byte, visit func(key, value []byte) error) error {
	at := space(row, 0)
	if at >= len(row) || row[at] != '{' {
		return errObject
	}
	at = space(row, at+1)
	if at < len(row) && row[at] == '}' {
		return nil
	}
	for {
		if at >= len(row) || row[at] != '"' {
			return errObject
		}
		end := stringEnd(row, at)
		if end < 0 {
			return errObject
		}
		key, err := Unquote(row[at:end])
		if err != nil {
			return err
		}
		at = space(row, end)
		if at >= len(row) || row[at] != ':' {
			return errObject
		}
		at = space(row, at+1)
		end = valueEnd(row, at)
		if end <= at {
			return errObject
		}
		if err := visit(key, row[at:end]); err != nil {
			return err
		}
		at = space(row, end)
		if at >= len(row) {
			return errObject
		}
		if row[at] == '}' {
			return nil
		}
		if row[at] != ',' {
			return errObject
		}
		at = space(row, at+1)
	}
}

func space(b []byte, at int) int {
	for at < len(b) && (b[at] == ' ' || b[at] == '\t' || b[at] == '\n' || b[at] == '\r') {
		at++
	}
	return at
}

// stringEnd is the offset after the closing quote of the string at a quote, or -1.
func stringEnd(b []byte, at int) int {
	for i := at + 1; i < len(b); {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		slashes := 0
		for b[i-1-slashes] == '\\' {
			slashes++
		}
		i++
		if slashes%2 == 0 {
			return i
		}
	}
	return -1
}

func valueEnd(b []byte, at int) int {
	if at >= len(b) {
		return -1
	}
	switch b[at] {
	case '"':
		return stringEnd(b, at)
	case '{', '[':
		return nestedEnd(b, at)
	}
	for i := at; i < len(b); i++ {
		switch b[i] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return i
		}
	}
	return -1
}

func nestedEnd(b []byte, at int) int {
	depth := 0
	for i := at; i < len(b); {
		switch b[i] {
		case '"':
			if i = stringEnd(b, i); i < 0 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// Unquote gives the text of a JSON string, quotes included in value: a part
// of value where it has no escapes.
func Unquote(value []byte) ([]byte, error) {
	inner := value[1 : len(value)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner, nil
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return nil, errors.New("its text isn't a JSON string")
	}
	return []byte(text), nil
}

const hex = "0123456789abcdef"

// AppendString appends text as a JSON string with no more escapes than JSON
// asks for. Bytes that aren't UTF-8 stay: the flow refuses them, and a dead
// letter shows them as they were.
func AppendString[T string | []byte](b []byte, text T) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	b = append(b, text[start:]...)
	return append(b, '"')
}
