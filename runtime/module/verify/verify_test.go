package verify

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weavster/weavster/runtime/module/moduletest"
)

var limits = Limits{Size: 8 << 20, Pages: 32}

func TestCheckAcceptsAFlow(t *testing.T) {
	m := moduletest.Assemble(moduletest.Guest)
	m.TableMin, m.TableMax, m.Elements = 2, 2, []uint32{5, 6}
	code := m.Bytes()
	got, err := Check(code, Limits{Size: len(code), Pages: m.MemoryMax})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, code) {
		t.Errorf("the module changed though its memory is within the limit")
	}
}

func TestCheckCapsMemoryAndDropsCustomSections(t *testing.T) {
	m := moduletest.Assemble(moduletest.Guest)
	m.Custom = append([]byte{4}, "name\x01\x05\xff\xff\xff\xff\x0f"...)
	got, err := Check(m.Bytes(), limits)
	if err != nil {
		t.Fatal(err)
	}
	m.Custom, m.MemoryMax = nil, limits.Pages
	if !bytes.Equal(got, m.Bytes()) {
		t.Errorf("the module isn't the one with memory's maximum at the limit and without names")
	}
}

// Each case breaks one guarantee of a valid flow.
func TestCheckRefuses(t *testing.T) {
	const echo = "weavster_run"
	put := func(f *moduletest.Function, at int, code ...byte) { f.Code = slices.Insert(f.Code, at, code...) }
	end := func(m *moduletest.Module, code ...byte) {
		f := m.Function(echo)
		put(f, len(f.Code), code...)
	}
	loops := func(m *moduletest.Module) int {
		return bytes.Index(m.Function("forever").Code, []byte{0x03, 0x40}) + 2
	}
	for _, c := range []struct {
		name  string
		spoil func(*moduletest.Module)
		want  string
	}{
		{"another import", func(m *moduletest.Module) { m.Import[1] = "fd_write" }, `it imports "weavster"."fd_write"; the one import of a flow is the function "weavster"."tick"`},
		{"a start function", func(m *moduletest.Module) { m.StartFirst = true }, "it has a start function"},
		{"memory beyond the limit", func(m *moduletest.Module) { m.MemoryMin = 33 }, "its memory begins with 33 pages, which is more than the 32 allowed"},
		{"memory without end", func(m *moduletest.Module) { m.MemoryMin, m.MemoryMax = 3, 2 }, "its memory begins larger than its maximum"},
		{"a large table", func(m *moduletest.Module) { m.TableMax = 1 << 27 }, "its table may have 134217728 entries"},
		{"elements outside the table", func(m *moduletest.Module) { m.TableMax, m.Elements = 1, []uint32{5} }, "an element segment lies outside the table"},
		{"data outside the memory", func(m *moduletest.Module) { m.Data[0].At = -1 }, "a data segment lies outside the memory"},
		{"a function without charge", func(m *moduletest.Module) { f := m.Function(echo); f.Code = f.Code[len(moduletest.Charge):] }, "a function doesn't count its work"},
		{"a charge of nothing", func(m *moduletest.Module) { m.Function(echo).Code[3] = 0 }, "a function doesn't count its work"},
		{"a loop without charge", func(m *moduletest.Module) {
			f := m.Function("forever")
			f.Code = slices.Delete(f.Code, loops(m), loops(m)+len(moduletest.Charge))
		}, "a loop doesn't count its work"},
		{"an instruction before the charge", func(m *moduletest.Module) { put(m.Function("forever"), loops(m), 0x01) }, "a loop doesn't count its work"},
		{"fuel given back", func(m *moduletest.Module) { end(m, 0x41, 0x7f, 0x24, 0x00) }, "it touches global 0, which counts work"},
		{"the limit raised", func(m *moduletest.Module) { end(m, 0x23, 0x02, 0x24, 0x02) }, "it touches global 2, which counts work"},
		{"a tick of its own", func(m *moduletest.Module) { end(m, 0x10, 0x00) }, "it calls function 0, which is for the counting of work"},
		{"a refuel of its own", func(m *moduletest.Module) { end(m, 0x10, 0x01) }, "it calls function 1, which is for the counting of work"},
		{"a reference to refuel", func(m *moduletest.Module) { end(m, 0xd2, 0x01, 0x1a) }, "it calls function 1"},
		{"refuel in the table", func(m *moduletest.Module) { m.TableMin, m.TableMax, m.Elements = 1, 1, []uint32{1} }, "a table or a constant holds function 1"},
		{"another refuel", func(m *moduletest.Module) { m.Function("refuel").Code[3] = 0 }, "function 1: it counts work, and its code isn't what it has to be"},
		{"another start of messages", func(m *moduletest.Module) { put(m.Function("message_start"), 0, 0x01) }, "function 2: it counts work, and its code isn't what it has to be"},
		{"a copy for nothing", func(m *moduletest.Module) { m.Function("copy").Code = m.Function("copy").Code[15:] }, "function 3: it counts work"},
		{"a helper of another type", func(m *moduletest.Module) { m.Function("refuel").Results = []byte{moduletest.I32} }, "function 1: it counts work, and its type"},
		{"a budget to begin with", func(m *moduletest.Module) { m.Globals[1].Value = 1 << 30 }, "global 1 doesn't begin as the one that counts work does"},
		{"fuel of another type", func(m *moduletest.Module) { m.Globals[0].Kind = moduletest.I64 }, "global 0 doesn't begin as"},
		{"no fuel", func(m *moduletest.Module) { m.Globals = m.Globals[:3] }, "it lacks the globals that count work"},
		{"memory.copy", func(m *moduletest.Module) { end(m, 0xfc, 10, 0, 0) }, "it copies or fills memory without counting that as work"},
		{"memory.fill", func(m *moduletest.Module) { end(m, 0xfc, 11, 0) }, "it copies or fills memory without counting that as work"},
		{"memory.init", func(m *moduletest.Module) { end(m, 0xfc, 8, 0, 0) }, "an instruction handles a table or a data segment"},
		{"table.grow", func(m *moduletest.Module) { end(m, 0xfc, 15, 0) }, "an instruction handles a table or a data segment"},
		{"table.set", func(m *moduletest.Module) { end(m, 0x26, 0) }, "an instruction handles a table or a data segment"},
		{"a tail call", func(m *moduletest.Module) { end(m, 0x12, 5) }, "instruction 0x12 is not one that a flow has"},
		{"an atomic instruction", func(m *moduletest.Module) { end(m, 0xfe, 0x10, 2, 0) }, "instruction 0xfe is not one that a flow has"},
		{"a try", func(m *moduletest.Module) { end(m, 0x1f, 0x40, 0) }, "instruction 0x1f is not one that a flow has"},
		{"a relaxed vector instruction", func(m *moduletest.Module) { end(m, 0xfd, 0x80, 0x02) }, "instruction 0xfd is not one that a flow has"},
		{"a second memory", func(m *moduletest.Module) { end(m, 0x28, 0x40, 0, 0) }, "a load or store names a memory"},
		// wazero reads 0x8e as the opcode and goes on at the 0x80.
		{"a vector opcode in disguise", func(m *moduletest.Module) { end(m, 0xfd, 0x8e, 0x80, 0x00) }, "an opcode is written longer than it has to be"},
		{"code after the end", func(m *moduletest.Module) { end(m, 0x0b, 0x01) }, "it goes on after its end"},
		{"blocks without end", func(m *moduletest.Module) { end(m, 0x02, 0x40) }, "it ends in the middle"},
		{"nesting without end", func(m *moduletest.Module) { end(m, bytes.Repeat([]byte{0x02, 0x40}, maxDepth)...) }, "its blocks are nested deeper than 4000"},
		{"many locals", func(m *moduletest.Module) { m.Function(echo).Locals = []byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f} }, "it has 4294967295 locals"},
		{"a large body", func(m *moduletest.Module) { end(m, bytes.Repeat([]byte{0x01}, maxBody)...) }, "which is more than the"},
		{"code that takes long to compile", func(m *moduletest.Module) {
			m.Function(echo).Locals = []byte{1, 0x88, 0x27, 0x7f}
			end(m, bytes.Repeat([]byte{0x02, 0x40, 0x0b}, 4000)...)
		}, "it has so many blocks and locals that it would take long to compile"},
		{"more code than is compiled in seconds", func(m *moduletest.Module) {
			large := moduletest.Function{Code: slices.Concat(moduletest.Charge, bytes.Repeat([]byte{0x01}, 200_000))}
			m.Functions = append(m.Functions, slices.Repeat([]moduletest.Function{large}, 21)...)
		}, "it has more than 4000000 instructions"},
		{"calls that move many values", func(m *moduletest.Module) { wide(m, 0x10) }, "it has more than 4000000 instructions"},
		{"calls through the table that move many values", func(m *moduletest.Module) { wide(m, 0x11, 0) }, "it has more than 4000000 instructions"},
		{"blocks that carry many values", func(m *moduletest.Module) {
			// Edges are dear in one function; so they are in many.
			code := slices.Concat(moduletest.Charge, values(64), bytes.Repeat([]byte{0x41, 0, 0x0d, 0}, 400))
			m.Functions = append(m.Functions, slices.Repeat([]moduletest.Function{{Params: i32s(64), Results: i32s(64), Code: code}}, 160)...)
		}, "it has more than 4000000 instructions"},
		{"a missing export", func(m *moduletest.Module) { m.Exports = m.Exports[:7] }, `it doesn't export "weavster_limit"`},
		{"an export too many", func(m *moduletest.Module) { m.Exports = append(m.Exports, moduletest.Export{Name: "x"}) }, `it exports "x", which is not part of the contract`},
		{"an export of another type", func(m *moduletest.Module) { m.Exports[5].Index = m.Exports[2].Index }, `its export "weavster_run" is a function of another type`},
		{"an export of another name", func(m *moduletest.Module) { m.Exports[4].Name = "init" }, `its export 4 is "init" of kind 0, where the contract has "weavster_init"`},
		{"an export of refuel", func(m *moduletest.Module) { m.Exports[1].Index = 1 }, `its export "_initialize" is a function that counts work`},
		{"the fuel as the limit", func(m *moduletest.Module) { m.Exports[7].Index = 0 }, `its export "weavster_limit" is global 0, not the limit`},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := moduletest.Assemble(moduletest.Guest)
			c.spoil(m)
			_, err := Check(m.Bytes(), limits)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

func i32s(n int) []byte { return bytes.Repeat([]byte{moduletest.I32}, n) }

// values puts a function's parameters on its stack.
func values(n int) (code []byte) {
	for i := range n {
		code = append(code, 0x20, byte(i))
	}
	return code
}

// wide adds a function that takes and gives 64 values, and calls itself a
// thousand times for each of 32 of its kind.
func wide(m *moduletest.Module, op byte, behind ...byte) {
	index := len(m.Functions) + 1 // its type's, and its own
	call := slices.Concat([]byte{op, byte(index)}, behind)
	if op == 0x11 {
		call = slices.Concat([]byte{0x41, 0}, call)
		m.TableMin, m.TableMax = 1, 1
	}
	code := slices.Concat(moduletest.Charge, values(64), bytes.Repeat(call, 1000))
	m.Functions = append(m.Functions, slices.Repeat([]moduletest.Function{{Params: i32s(64), Results: i32s(64), Code: code}}, 32)...)
}

func TestCheckRefusesBytes(t *testing.T) {
	valid := moduletest.Assemble(moduletest.Guest).Bytes()
	for _, c := range []struct {
		name string
		code []byte
		want string
	}{
		{"nothing", nil, "it is not a WebAssembly module of version 1"},
		{"another version", []byte("\x00asm\x02\x00\x00\x00"), "it is not a WebAssembly module of version 1"},
		{"a component", []byte("\x00asm\x0d\x00\x01\x00"), "it is not a WebAssembly module of version 1"},
		{"too long", make([]byte, limits.Size+1), "it is 8388609 bytes long, which is more than the 8388608 allowed"},
		{"empty", valid[:8], "it doesn't import the tick"},
		{"a section twice", slices.Concat(valid[:8], []byte{1, 1, 0, 1, 1, 0}), "section 1 stands twice or out of order"},
		{"an unknown section", slices.Concat(valid, []byte{13, 0}), "section 13 is not one that a flow has"},
		{"a section with a rest", slices.Concat(valid[:8], []byte{1, 2, 0, 0}), "section 1 holds more than its entries"},
		{"more types than bytes", slices.Concat(valid[:8], []byte{1, 2, 0x90, 0x4e}), "10000 types don't fit in what is left of the section"},
		{"types without end", slices.Concat(valid[:8], []byte{1, 5, 0xff, 0xff, 0xff, 0xff, 0x0f}), "4294967295 types, which is more than the 10000 allowed"},
		{"33 bits", slices.Concat(valid[:8], []byte{1, 0xff, 0xff, 0xff, 0xff, 0x1f}), "a number is longer than 32 bits"},
		{"33 bits with a sign", slices.Concat(valid[:8], []byte{6, 10, 1, 0x7f, 1, 0x41, 0xff, 0xff, 0xff, 0xff, 0x4f, 0x0b}), "a number is longer than 32 bits"},
		{"memory without a maximum", slices.Concat(valid[:8], []byte{5, 3, 1, 0, 1}), "its memory has no maximum"},
		{"shared memory", slices.Concat(valid[:8], []byte{5, 4, 1, 3, 1, 1}), "its memory is shared or has 64-bit addresses"},
		{"two memories", slices.Concat(valid[:8], []byte{5, 7, 2, 1, 1, 1, 1, 1, 1}), "it has 2 memories; a flow has one"},
		{"a table of anything", slices.Concat(valid[:8], []byte{4, 5, 1, 0x6f, 1, 1, 1}), "its table isn't one of functions"},
		{"a function without a body", slices.Concat(valid[:8], []byte{1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0}), "1 functions are declared and 0 have a body"},
		{"data for later", slices.Concat(valid[:8], []byte{11, 4, 1, 1, 1, 'x'}), "a data segment isn't set into the memory from the start"},
		{"elements for later", slices.Concat(valid[:8], []byte{9, 4, 1, 1, 0, 0}), "an element segment isn't a list of functions for the table"},
		{"other segments than announced", slices.Concat(valid[:8], []byte{12, 1, 2, 11, 1, 0}), "2 data segments are announced and 0 are there"},
		{"an endless number", slices.Concat(valid[:8], []byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0}), "a number is longer than 32 bits"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Check(c.code, limits)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

// Every beginning of a valid module is refused: nothing is taken for granted
// that a cut could take away.
func TestCheckRefusesBeginnings(t *testing.T) {
	m := moduletest.Assemble(moduletest.Guest)
	m.Data = nil // without this last section a flow is still whole
	valid := m.Bytes()
	for n := range valid {
		if _, err := Check(valid[:n], limits); err == nil {
			t.Errorf("the first %d of %d bytes are accepted", n, len(valid))
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(moduletest.Assemble(moduletest.Guest).Bytes())
	f.Fuzz(func(t *testing.T, code []byte) {
		got, err := Check(code, limits)
		if err != nil {
			return
		}
		// What is accepted stays accepted, and doesn't change again.
		again, err := Check(got, limits)
		if err != nil || !bytes.Equal(got, again) {
			t.Errorf("second check: %v", err)
		}
	})
}

// Random damage to a valid module never does worse than an error, and is
// found out as fast as the module is read.
func TestCheckSurvivesDamage(t *testing.T) {
	valid := moduletest.Assemble(moduletest.Guest).Bytes()
	random := rand.New(rand.NewPCG(1, 2))
	accepted := 0
	for range 5_000 {
		code := slices.Clone(valid)
		for range 1 + random.IntN(3) {
			code[random.IntN(len(code))] = byte(random.IntN(256))
		}
		if _, err := Check(code, limits); err == nil {
			accepted++
		}
	}
	// Most bytes are of instructions, which the compiler has to judge.
	if accepted == 0 || accepted == 5_000 {
		t.Errorf("%d of 5,000 damaged modules are accepted", accepted)
	}
}
