package verify

// checkBodies walks every function.
func (m *module) checkBodies(r *reader) {
	for i, b := range m.bodies {
		if i < len(helpers) {
			m.checkHelper(i, b.code)
		} else {
			m.checkBody(b)
		}
		if b.code.err != nil {
			r.err = b.code.err
			return
		}
	}
}

// checkBody looks at each instruction of a function: that the entry and every
// loop charge for work, and that nothing else touches what counts it.
func (m *module) checkBody(b body) {
	r := b.code
	e := effort{locals: checkLocals(r)}
	if own, ok := m.functionType(b.index); ok {
		e.widen(own)
	}
	r.charge("a function")
	for depth := 1; depth > 0 && r.err == nil; {
		in := r.next()
		m.compiling(r, in, &e)
		switch in.op {
		case opBlock, opIf, opLoop:
			depth++
			if depth > maxDepth {
				r.failAt(in.at, "its blocks are nested deeper than %d", maxDepth)
			}
			if in.op == opLoop {
				r.charge("a loop")
			}
		case opEnd:
			depth--
			if depth == 0 && r.more() {
				r.fail("it goes on after its end")
			}
		default:
			m.checkInstruction(r, in)
		}
	}
}

// An effort is what makes one function take long to compile.
type effort struct {
	locals uint64
	edges  uint64 // between blocks
	width  uint64 // the most values that an edge carries
}

func (e *effort) widen(by signature) {
	e.width = max(e.width, uint64(len(by.params)), uint64(len(by.results)))
}

// compiling adds up what a function costs to compile: wazero may carry every
// local along every edge between blocks, goes through the blocks of a
// function again and again, and moves what calls take and give one by one.
// Measured on an idle core, a million of cost is a second, and so are a million
// instructions.
func (m *module) compiling(r *reader, in instruction, e *effort) {
	m.code++
	switch in.op {
	case opBlock, opLoop, opIf, opBr, opBrIf:
		if block, ok := m.typeAt(in.arg); ok && in.op != opBr && in.op != opBrIf {
			e.widen(block)
		}
		m.branch(e, 1)
	case opBrTable:
		m.branch(e, uint64(in.more)+1)
	case opCall:
		called, _ := m.functionType(uint32(in.arg))
		m.code += uint64(len(called.params) + len(called.results))
	case opCallTable:
		called, _ := m.typeAt(in.arg)
		m.code += uint64(len(called.params) + len(called.results))
	}
	if m.cost > maxCost {
		r.failAt(in.at, "it has so many blocks and locals that it would take long to compile")
	}
	if m.code > maxCode {
		r.failAt(in.at, "it has more than %d instructions, and values that calls and blocks take and give: it would take long to compile", maxCode)
	}
}

func (m *module) branch(e *effort, edges uint64) {
	e.edges += edges
	m.cost += (1 + e.locals + e.edges/32) * edges
	m.code += e.width * edges
}

// typeAt is the type of an index; the compiler refuses one that isn't there.
func (m *module) typeAt(i int64) (signature, bool) {
	if i < 0 || i >= int64(len(m.types)) {
		return signature{}, false
	}
	return m.types[i], true
}

func checkLocals(r *reader) uint64 {
	at := r.at
	total := uint64(0)
	for range r.count("groups of locals", 2, maxLocals) {
		total += uint64(r.u32())
		valueType(r)
	}
	if total > maxLocals {
		r.failAt(at, "it has %d locals, which is more than the %d allowed", total, maxLocals)
	}
	return total
}

func (m *module) checkInstruction(r *reader, in instruction) {
	switch in.op {
	case opGlobalGet, opGlobalSet:
		if in.arg < int64(len(fuelGlobals)) {
			r.failAt(in.at, "it touches global %d, which counts work", in.arg)
		}
	case opCall, opRefFunc:
		if in.arg == functionTick || in.arg == functionRefuel {
			r.failAt(in.at, "it calls function %d, which is for the counting of work", in.arg)
		}
	case opMemoryCopy, opMemoryFill:
		r.failAt(in.at, "it copies or fills memory without counting that as work")
	}
}
