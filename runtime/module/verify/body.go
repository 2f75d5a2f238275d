package verify

// checkBodies walks every function.
func (m *module) checkBodies(r *reader) {
	for i, b := range m.bodies {
		if i < len(helpers) {
			m.checkHelper(i, b.code)
		} else {
			m.checkBody(b.code)
		}
		if b.code.err != nil {
			r.err = b.code.err
			return
		}
	}
}

// checkBody looks at each instruction of a function: that the entry and every
// loop charge for work, and that nothing else touches what counts it.
func (m *module) checkBody(r *reader) {
	locals := checkLocals(r)
	r.charge("a function")
	edges := uint64(0)
	for depth := 1; depth > 0 && r.err == nil; {
		in := r.next()
		m.compiling(r, in, locals, &edges)
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

// compiling adds up what a function costs to compile: wazero may carry every
// local along every edge between blocks, and goes through the blocks of a
// function again and again. Measured on an idle core, a million is a second.
func (m *module) compiling(r *reader, in instruction, locals uint64, edges *uint64) {
	switch in.op {
	case opBlock, opLoop, opIf, opBr, opBrIf:
		*edges++
		m.cost += 1 + locals + *edges/32
	case opBrTable:
		*edges += uint64(in.more) + 1
		m.cost += (1 + locals + *edges/32) * (uint64(in.more) + 1)
	}
	if m.cost > maxCost {
		r.failAt(in.at, "it has so many blocks and locals that it would take long to compile")
	}
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
