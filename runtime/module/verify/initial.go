package verify

import "github.com/weavster/weavster/codegen/contract"

// importSection checks the import here, where its bytes are: the tick, and
// nothing beside it.
func (m *module) importSection(r *reader) {
	at := r.at
	n := r.u32()
	for range n {
		module, name := r.name(), r.name()
		kind := r.byte()
		if r.err != nil {
			return
		}
		if n != 1 || module != contract.ImportModule || name != contract.ImportTick || kind != kindFunction {
			r.failAt(at, "it imports %q.%q; the one import of a flow is the function %q.%q",
				module, name, contract.ImportModule, contract.ImportTick)
			return
		}
		t, sig := m.typeIndex(r)
		if sig != (signature{}) {
			r.failAt(at, "its import %q.%q takes or returns something", module, name)
		}
		m.functions = append(m.functions, t)
		m.imports++
	}
}

func (m *module) globalSection(r *reader) {
	for range r.count("globals", 4, maxGlobals) {
		g := global{at: r.at, kind: valueType(r)}
		switch mutability := r.byte(); mutability {
		case 0, 1:
			g.mutable = mutability == 1
		default:
			r.failAt(g.at, "a global is neither constant nor variable")
		}
		g.init, g.constant = m.constant(r)
		m.globals = append(m.globals, g)
	}
}

// constant reads an initial value: one instruction and an end. It is given
// where it is an integer.
func (m *module) constant(r *reader) (value int64, integer bool) {
	at := r.at
	switch op := r.byte(); op {
	case 0x41: // i32.const
		value, integer = r.signed(32), true
	case 0x42: // i64.const
		value, integer = r.signed(64), true
	case 0x43: // f32.const
		r.bytes(4)
	case 0x44: // f64.const
		r.bytes(8)
	case 0xd0: // ref.null
		valueType(r)
	case 0xd2: // ref.func
		m.reference(r)
	case prefixVector:
		if r.u32() != 12 {
			r.failAt(at, "an initial value isn't a constant")
		}
		r.bytes(16)
	default:
		r.failAt(at, "an initial value isn't a constant")
	}
	if r.byte() != opEnd {
		r.failAt(at, "an initial value isn't a single constant")
	}
	return value, integer
}

// reference reads the index of a function that a value refers to.
func (m *module) reference(r *reader) {
	at := r.at
	i := r.u32()
	if _, ok := m.functionType(i); !ok {
		r.failAt(at, "function %d isn't declared", i)
	}
	m.referred = append(m.referred, i)
}

// elementSection takes the one form that linkers write: functions by index,
// set into the table from the start. Segments that are kept to be copied
// later are of no use, as no instruction may write a table.
func (m *module) elementSection(r *reader) {
	for range r.count("element segments", 2, maxSegments) {
		at := r.at
		if r.u32() != 0 {
			r.failAt(at, "an element segment isn't a list of functions for the table")
			return
		}
		start, integer := m.constant(r)
		n := r.count("elements", 1, maxTable)
		if !integer || start < 0 || start+int64(n) > int64(m.tableMin) {
			r.failAt(at, "an element segment lies outside the table")
		}
		for range n {
			m.reference(r)
		}
	}
}

func (m *module) dataSection(r *reader) {
	at := r.at
	n := r.count("data segments", 2, maxSegments)
	if m.counted && n != m.segments {
		r.failAt(at, "%d data segments are announced and %d are there", m.segments, n)
	}
	for range n {
		at := r.at
		if r.u32() != 0 {
			r.failAt(at, "a data segment isn't set into the memory from the start")
			return
		}
		start, integer := m.constant(r)
		size := r.u32()
		r.bytes(size)
		if !integer || uint64(uint32(start))+uint64(size) > uint64(m.minPages)*pageSize {
			r.failAt(at, "a data segment lies outside the memory")
		}
	}
}
