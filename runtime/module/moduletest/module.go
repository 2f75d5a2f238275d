// Package moduletest assembles small flows for tests: what codegen/link makes
// of a Rust crate, from a few lines of WebAssembly text. A test can spoil any
// part of one before it is written.
package moduletest

import (
	"encoding/binary"

	"github.com/weavster/weavster/codegen/contract"
)

// A Module is a flow's module, part by part, as it is going to be written.
type Module struct {
	Import     [2]string  // module and name
	Functions  []Function // the helpers, then the flow's own; function 0 is the import
	Globals    []Global
	Exports    []Export
	MemoryMin  uint32
	MemoryMax  uint32
	TableMin   uint32
	TableMax   uint32
	Elements   []uint32 // functions in the table from entry 0
	Data       []Segment
	StartFirst bool   // whether it has a start section
	Custom     []byte // content of a custom section
}

// A Function is one with a body.
type Function struct {
	Name            string
	Params, Results []byte // value types
	Locals          []byte // the encoded declaration
	Code            []byte // without the end
}

// A Global is a variable of the module. Its value is a constant.
type Global struct {
	Kind    byte
	Mutable bool
	Value   int64
}

// An Export is one name.
type Export struct {
	Name  string
	Kind  byte // 0 function, 2 memory, 3 global
	Index uint32
}

// A Segment is data that is in memory from the start.
type Segment struct {
	At   int64
	Data []byte
}

// Types of values.
const (
	I32 = 0x7f
	I64 = 0x7e
)

// Charge is what codegen/link puts at the entry of each function and loop.
var Charge = []byte{0x23, 0, 0x41, 1, 0x6b, 0x24, 0, 0x23, 0, 0x45, 0x04, 0x40, 0x10, 1, 0x0b}

// newModule has the parts that every flow has.
func newModule() *Module {
	slice := []byte{0x41, 0xc0, 0x84, 0x3d}
	bulk := func(op ...byte) []byte {
		return join(Charge, []byte{0x20, 2, 0x41, 8, 0x76, 0x22, 3, 0x04, 0x40, 0x03, 0x40}, Charge,
			[]byte{0x20, 3, 0x41, 1, 0x6b, 0x22, 3, 0x0d, 0, 0x0b, 0x0b, 0x20, 0, 0x20, 1, 0x20, 2}, op)
	}
	three := []byte{I32, I32, I32}
	return &Module{
		Import:    [2]string{contract.ImportModule, contract.ImportTick},
		MemoryMin: 2, MemoryMax: 64,
		Globals: []Global{{I32, true, 1_000_000}, {I32, true, 100}, {I32, true, 100}, {I32, true, 0}},
		Functions: []Function{
			{Name: "refuel", Code: join([]byte{0x23, 1, 0x41, 1, 0x6b, 0x24, 1, 0x23, 1, 0x41, 1, 0x48, 0x04, 0x40, 0x41, 0, 0x24, 2},
				slice, []byte{0x24, 0, 0, 0x0b}, slice, []byte{0x24, 0, 0x10, 0})},
			{Name: "message_start", Code: join([]byte{0x23, 3}, slice, []byte{0x6a, 0x23, 0, 0x6b, 0x24, 3}, slice, []byte{0x24, 0, 0x23, 2, 0x24, 1, 0x23, 3},
				slice, []byte{0x4e, 0x04, 0x40, 0x23, 3}, slice, []byte{0x6b, 0x24, 3, 0x10, 0, 0x0b})},
			{Name: "copy", Params: three, Locals: []byte{1, 1, I32}, Code: bulk(0xfc, 10, 0, 0)},
			{Name: "fill", Params: three, Locals: []byte{1, 1, I32}, Code: bulk(0xfc, 11, 0)},
		},
	}
}

func join(parts ...[]byte) (all []byte) {
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

// Function is the flow's function of that name, to be changed.
func (m *Module) Function(name string) *Function {
	for i := range m.Functions {
		if m.Functions[i].Name == name {
			return &m.Functions[i]
		}
	}
	panic("moduletest: no function " + name)
}

func u32(n uint32) []byte { return binary.AppendUvarint(nil, uint64(n)) }

// signed is a signed LEB128 number in its shortest form.
func signed(n int64) (b []byte) {
	for {
		low := byte(n & 0x7f)
		n >>= 7
		if n == 0 && low&0x40 == 0 || n == -1 && low&0x40 != 0 {
			return append(b, low)
		}
		b = append(b, low|0x80)
	}
}

func text(s string) []byte { return append(u32(uint32(len(s))), s...) }

// vector is a count and the entries.
func vector(entries ...[]byte) []byte { return join(u32(uint32(len(entries))), join(entries...)) }

func section(id byte, content []byte) []byte {
	return join([]byte{id}, u32(uint32(len(content))), content)
}

func limits(least, most uint32) []byte { return join([]byte{1}, u32(least), u32(most)) }

func constant(kind byte, value int64) []byte {
	op := byte(0x41)
	if kind == I64 {
		op = 0x42
	}
	return join([]byte{op}, signed(value), []byte{0x0b})
}

// Bytes is the module, written.
func (m *Module) Bytes() []byte {
	var types, functions, globals, exports, bodies, segments [][]byte
	types = append(types, []byte{0x60, 0, 0})
	for i, f := range m.Functions {
		types = append(types, join([]byte{0x60}, text(string(f.Params)), text(string(f.Results))))
		functions = append(functions, u32(uint32(i+1)))
		locals := f.Locals
		if locals == nil {
			locals = []byte{0}
		}
		bodies = append(bodies, text(string(join(locals, f.Code, []byte{0x0b}))))
	}
	for _, g := range m.Globals {
		mutable := byte(0)
		if g.Mutable {
			mutable = 1
		}
		globals = append(globals, join([]byte{g.Kind, mutable}, constant(g.Kind, g.Value)))
	}
	for _, e := range m.Exports {
		exports = append(exports, join(text(e.Name), []byte{e.Kind}, u32(e.Index)))
	}
	for _, s := range m.Data {
		segments = append(segments, join([]byte{0}, constant(I32, s.At), text(string(s.Data))))
	}
	out := join([]byte{0, 'a', 's', 'm', 1, 0, 0, 0}, section(1, vector(types...)),
		section(2, vector(join(text(m.Import[0]), text(m.Import[1]), []byte{0, 0}))), section(3, vector(functions...)))
	if m.TableMax > 0 {
		out = append(out, section(4, vector(join([]byte{0x70}, limits(m.TableMin, m.TableMax))))...)
	}
	out = join(out, section(5, vector(limits(m.MemoryMin, m.MemoryMax))), section(6, vector(globals...)), section(7, vector(exports...)))
	if m.StartFirst {
		out = append(out, section(8, u32(m.Exports[1].Index))...)
	}
	if len(m.Elements) > 0 {
		var entries [][]byte
		for _, e := range m.Elements {
			entries = append(entries, u32(e))
		}
		out = append(out, section(9, vector(join([]byte{0}, constant(I32, 0), vector(entries...))))...)
	}
	out = append(out, section(10, vector(bodies...))...)
	if len(segments) > 0 {
		out = append(out, section(11, vector(segments...))...)
	}
	if m.Custom != nil {
		out = append(out, section(0, m.Custom)...)
	}
	return out
}
