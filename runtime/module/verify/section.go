package verify

import (
	"bytes"
	"encoding/binary"
)

// What a module may hold. Compiled flows are far below each of these; they
// are here so that a hostile module can't make the compiler, which is not
// linear in all of them, work for minutes.
const (
	maxTypes     = 10_000
	maxParams    = 64
	maxFunctions = 50_000
	maxGlobals   = 1_000
	maxExports   = 64
	maxSegments  = 10_000
	maxTable     = 50_000
	maxLocals    = 5_000
	maxBody      = 256 << 10
	maxDepth     = 4_000
	maxCost      = 4_000_000 // see compiling
	maxCode      = 4_000_000 // instructions, and values that calls take and give
)

// Section ids, in the order they have to stand in: the data count comes
// before the code.
const (
	sectionCustom = iota
	sectionType
	sectionImport
	sectionFunction
	sectionTable
	sectionMemory
	sectionGlobal
	sectionExport
	sectionStart
	sectionElement
	sectionCode
	sectionData
	sectionDataCount
)

var sectionRank = [...]int{
	sectionType: 1, sectionImport: 2, sectionFunction: 3, sectionTable: 4, sectionMemory: 5, sectionGlobal: 6,
	sectionExport: 7, sectionStart: 8, sectionElement: 9, sectionDataCount: 10, sectionCode: 11, sectionData: 12,
}

// Value types.
const (
	typeI32       = 0x7f
	typeI64       = 0x7e
	typeF32       = 0x7d
	typeF64       = 0x7c
	typeV128      = 0x7b
	typeFuncref   = 0x70
	typeExternref = 0x6f
)

// A signature is a function's type.
type signature struct{ params, results string }

// A global is declared in the module: none is imported. Init is its initial
// value where that is an integer constant.
type global struct {
	kind     byte
	mutable  bool
	constant bool
	init     int64
	at       int
}

type exported struct {
	name  string
	kind  byte
	index uint32
	at    int
}

// Kinds of exports and imports.
const (
	kindFunction = 0
	kindTable    = 1
	kindMemory   = 2
	kindGlobal   = 3
)

// A function's body, not yet walked.
type body struct {
	index uint32
	code  *reader
}

// A module is what the sections say. Function indexes count imports first.
type module struct {
	types     []signature
	imports   uint32   // functions imported
	functions []uint32 // the type of each function, imported ones included
	globals   []global
	exports   []exported
	bodies    []body
	referred  []uint32 // functions that a table or a constant refers to
	counted   bool     // whether the data segments are announced
	segments  uint32   // how many are
	memories  uint32
	minPages  uint32
	maxPages  uint32
	tableMin  uint32
	tables    uint32
	cost      uint64
	code      uint64 // as maxCode counts it
	plain     []byte // the module without custom sections
}

var preamble = []byte{0, 'a', 's', 'm', 1, 0, 0, 0}

// decode splits a module into its sections. Custom sections are left out of
// what is compiled: nothing needs them, and the compiler makes room for as
// many names as one claims to hold.
//
// A memory that may grow beyond the limit is given the limit instead.
func decode(r *reader, pages uint32) *module {
	m := &module{}
	if !bytes.HasPrefix(r.data, preamble) {
		r.fail("it is not a WebAssembly module of version 1")
		return m
	}
	r.at = len(preamble)
	m.plain = append(m.plain, preamble...)
	last := 0
	for r.more() {
		start := r.at
		id := r.byte()
		section := r.part(r.u32())
		if r.err != nil || id == sectionCustom {
			continue
		}
		if int(id) >= len(sectionRank) {
			r.failAt(start, "section %d is not one that a flow has", id)
			continue
		}
		if sectionRank[id] <= last {
			r.failAt(start, "section %d stands twice or out of order", id)
			continue
		}
		last = sectionRank[id]
		m.section(id, section)
		if id == sectionMemory && m.maxPages > pages {
			m.capMemory(section, pages)
		} else {
			m.plain = append(m.plain, r.data[start:r.at]...)
		}
		if section.err == nil && section.more() {
			section.fail("section %d holds more than its entries", id)
		}
		r.err = section.err
	}
	if r.err == nil && len(m.functions) != int(m.imports)+len(m.bodies) {
		r.fail("%d functions are declared and %d have a body", len(m.functions)-int(m.imports), len(m.bodies))
	}
	return m
}

func (m *module) section(id byte, r *reader) {
	switch id {
	case sectionType:
		m.typeSection(r)
	case sectionImport:
		m.importSection(r)
	case sectionFunction:
		m.functionSection(r)
	case sectionTable:
		m.tableSection(r)
	case sectionMemory:
		m.memorySection(r)
	case sectionGlobal:
		m.globalSection(r)
	case sectionExport:
		m.exportSection(r)
	case sectionStart:
		r.fail("it has a start function, which would run before any limit is set")
	case sectionElement:
		m.elementSection(r)
	case sectionDataCount:
		m.counted, m.segments = true, r.u32()
	case sectionCode:
		m.codeSection(r)
	case sectionData:
		m.dataSection(r)
	}
}

func valueType(r *reader) byte {
	at := r.at
	t := r.byte()
	switch t {
	case typeI32, typeI64, typeF32, typeF64, typeV128, typeFuncref, typeExternref:
	default:
		r.failAt(at, "type 0x%02x is not one that a flow has", t)
	}
	return t
}

func (m *module) typeSection(r *reader) {
	for range r.count("types", 3, maxTypes) {
		if at := r.at; r.byte() != 0x60 {
			r.failAt(at, "a type isn't that of a function")
			return
		}
		var sides [2]string
		for i := range sides {
			n := r.count("parameters or results", 1, maxParams)
			list := make([]byte, 0, n)
			for range n {
				list = append(list, valueType(r))
			}
			sides[i] = string(list)
		}
		m.types = append(m.types, signature{sides[0], sides[1]})
	}
}

// typeIndex reads the index of a type, and gives the type.
func (m *module) typeIndex(r *reader) (uint32, signature) {
	at := r.at
	i := r.u32()
	if r.err != nil || int64(i) >= int64(len(m.types)) {
		r.failAt(at, "type %d isn't declared", i)
		return 0, signature{}
	}
	return i, m.types[i]
}

func (m *module) functionSection(r *reader) {
	for range r.count("functions", 1, maxFunctions) {
		t, _ := m.typeIndex(r)
		m.functions = append(m.functions, t)
	}
}

// functionType is a function's type, where there is such a function.
func (m *module) functionType(i uint32) (signature, bool) {
	if int64(i) >= int64(len(m.functions)) {
		return signature{}, false
	}
	return m.types[m.functions[i]], true
}

// bounds reads the bounds of a table or a memory. The maximum has to be
// there: growth is what makes it matter.
func bounds(r *reader, what string) (least, most uint32) {
	at := r.at
	switch flags := r.byte(); {
	case r.err != nil:
	case flags == 0:
		r.failAt(at, "its %s has no maximum", what)
	case flags != 1:
		r.failAt(at, "its %s is shared or has 64-bit addresses", what)
	default:
		least, most = r.u32(), r.u32()
		if least > most {
			r.failAt(at, "its %s begins larger than its maximum", what)
		}
	}
	return least, most
}

func (m *module) tableSection(r *reader) {
	at := r.at
	m.tables = r.u32()
	if m.tables > 1 {
		r.failAt(at, "it has %d tables; a flow has at most one", m.tables)
	}
	if r.err != nil || m.tables == 0 {
		return
	}
	if r.byte() != typeFuncref {
		r.failAt(at, "its table isn't one of functions")
	}
	least, most := bounds(r, "table")
	if most > maxTable {
		r.failAt(at, "its table may have %d entries, which is more than the %d allowed", most, maxTable)
	}
	m.tableMin = least
}

func (m *module) memorySection(r *reader) {
	at := r.at
	m.memories = r.u32()
	if m.memories != 1 {
		r.failAt(at, "it has %d memories; a flow has one", m.memories)
		return
	}
	m.minPages, m.maxPages = bounds(r, "memory")
}

// capMemory writes the section anew with a lower maximum.
func (m *module) capMemory(r *reader, pages uint32) {
	if m.minPages > pages {
		r.fail("its memory begins with %d pages, which is more than the %d allowed", m.minPages, pages)
	}
	section := []byte{1, 1}
	section = binary.AppendUvarint(section, uint64(m.minPages))
	section = binary.AppendUvarint(section, uint64(pages))
	m.plain = append(m.plain, sectionMemory, byte(len(section)))
	m.plain = append(m.plain, section...)
}

func (m *module) exportSection(r *reader) {
	for range r.count("exports", 3, maxExports) {
		e := exported{at: r.at, name: r.name()}
		e.kind, e.index = r.byte(), r.u32()
		m.exports = append(m.exports, e)
	}
}

func (m *module) codeSection(r *reader) {
	index := m.imports
	for range r.count("bodies", 2, maxFunctions) {
		r.function = int(index)
		at := r.at
		size := r.u32()
		if size > maxBody {
			r.failAt(at, "its body is %d bytes long, which is more than the %d allowed", size, maxBody)
		}
		m.bodies = append(m.bodies, body{index, r.part(size)})
		index++
	}
	if r.err == nil {
		r.function = -1
	}
}
