// Package document reads JSON for those who show and compare it: numbers keep
// their digits, objects the order of their keys.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/weavster/weavster/codegen/syntax"
)

// A Value is JSON as it was written. Repeated keys are kept.
type Value struct {
	Kind  byte   // '{', '[', '"', '0' a number, or 't' for true, false and null
	Text  string // of a string or a word, or a number's digits
	Items []*Value
	Keys  []string // of an object; the values are its items
}

// Parse reads one JSON document.
func Parse(text []byte) (*Value, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	v, err := next(dec)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("something follows the value")
	}
	return v, nil
}

func next(dec *json.Decoder) (*Value, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	v := &Value{}
	switch t := token.(type) {
	case json.Delim:
		return v, v.read(dec, byte(t))
	case string:
		v.Kind, v.Text = '"', t
	case json.Number:
		v.Kind, v.Text = '0', t.String()
	case bool:
		v.Kind, v.Text = 't', "false"
		if t {
			v.Text = "true"
		}
	default:
		v.Kind, v.Text = 't', "null"
	}
	return v, nil
}

// read takes the items of a list or an object that was opened.
func (v *Value) read(dec *json.Decoder, open byte) error {
	v.Kind = open
	for dec.More() {
		if open == '{' {
			key, err := dec.Token()
			if err != nil {
				return err
			}
			v.Keys = append(v.Keys, key.(string))
		}
		item, err := next(dec)
		if err != nil {
			return err
		}
		v.Items = append(v.Items, item)
	}
	_, err := dec.Token()
	return err
}

// Find is the place of a key in an object, or -1.
func (v *Value) Find(key string) int { return slices.Index(v.Keys, key) }

// Member is the value under a key of an object, the last where there are
// several, or nil.
func (v *Value) Member(key string) *Value {
	for i := len(v.Keys) - 1; i >= 0; i-- {
		if v.Keys[i] == key {
			return v.Items[i]
		}
	}
	return nil
}

// At is what a JSON pointer (RFC 6901) leads to, or nil.
func (v *Value) At(pointer string) *Value {
	if pointer == "" {
		return v
	}
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch {
		case v == nil:
			return nil
		case v.Kind == '{':
			v = v.Member(unescape.Replace(step))
		case v.Kind == '[':
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v.Items) {
				return nil
			}
			v = v.Items[i]
		default:
			return nil
		}
	}
	return v
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// String is the value as JSON, on one line.
func (v *Value) String() string {
	var b strings.Builder
	v.write(&b)
	return b.String()
}

func (v *Value) write(b *strings.Builder) {
	switch v.Kind {
	case '"':
		b.WriteString(syntax.Quote(v.Text))
	case '{', '[':
		b.WriteByte(v.Kind)
		for i, item := range v.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			if v.Kind == '{' {
				b.WriteString(syntax.Quote(v.Keys[i]) + ":")
			}
			item.write(b)
		}
		b.WriteByte(v.Kind + 2) // the bracket that closes
	default:
		b.WriteString(v.Text)
	}
}
