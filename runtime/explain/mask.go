package explain

import (
	"encoding/json"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/document"
)

// hidden is shown for a sensitive value.
const hidden = "***"

// shortest is how long a sensitive text has to be for other values that hold
// it to be hidden too: a shorter one is in too many of them.
const shortest = 4

// A mask hides the values of sensitive fields, and what was made of them as
// far as it still holds their text: a field that was renamed, a title with
// the name in it.
type mask struct {
	pointers []string
	texts    map[string]bool // in lower case
}

func newMask(fields []contract.Field) *mask {
	m := &mask{texts: map[string]bool{}}
	for _, field := range fields {
		m.pointers = append(m.pointers, field.Pointer)
	}
	return m
}

// learn notes what a message's sensitive fields hold.
func (m *mask) learn(message *document.Value) {
	for _, pointer := range m.pointers {
		if value := message.At(pointer); value != nil {
			m.note(value)
		}
	}
}

func (m *mask) note(v *document.Value) {
	for _, item := range v.Items {
		m.note(item)
	}
	if (v.Kind == '"' || v.Kind == '0') && len(v.Text) >= shortest {
		m.texts[strings.ToLower(v.Text)] = true
	}
}

// show is a value at a place of a message, as JSON. It is nil where there is
// none.
func (m *mask) show(pointer string, v *document.Value) json.RawMessage {
	if v == nil {
		return nil
	}
	return json.RawMessage(m.masked(pointer, v).String())
}

func (m *mask) masked(pointer string, v *document.Value) *document.Value {
	if m.hides(pointer, v) {
		return &document.Value{Kind: '"', Text: hidden}
	}
	if len(m.pointers) == 0 || len(v.Items) == 0 {
		return v
	}
	masked := &document.Value{Kind: v.Kind, Keys: v.Keys}
	for i, item := range v.Items {
		masked.Items = append(masked.Items, m.masked(pointer+"/"+step(v, i), item))
	}
	return masked
}

func (m *mask) hides(pointer string, v *document.Value) bool {
	for _, sensitive := range m.pointers {
		if pointer == sensitive || strings.HasPrefix(pointer, sensitive+"/") {
			return true
		}
	}
	if v.Kind != '"' && v.Kind != '0' {
		return false
	}
	text := strings.ToLower(v.Text)
	for sensitive := range m.texts {
		if strings.Contains(text, sensitive) {
			return true
		}
	}
	return false
}

// A Mask hides sensitive values from those who compare messages.
type Mask struct{ mask *mask }

// NewMask hides what sensitive fields hold.
func NewMask(sensitive []contract.Field) Mask { return Mask{newMask(sensitive)} }

// Learn notes what a message's sensitive fields hold, before any is shown.
func (m Mask) Learn(message *document.Value) { m.mask.learn(message) }

// Show is a message with its sensitive values masked, as JSON.
func (m Mask) Show(message *document.Value) json.RawMessage { return m.mask.show("", message) }

// Changes are what differs between two messages, field by field.
func (m Mask) Changes(before, after *document.Value) []Change {
	d := differ{mask: m.mask}
	d.compare("", "", before, after)
	return d.list
}
