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
	checkLocals(r)
	r.charge("a function")
	for depth := 1; depth > 0 && r.err == nil; {
		in := r.next()
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

func checkLocals(r *reader) {
	at := r.at
	total := uint64(0)
	for range r.count("groups of locals", 2, maxLocals) {
		total += uint64(r.u32())
		valueType(r)
	}
	if total > maxLocals {
		r.failAt(at, "it has %d locals, which is more than the %d allowed", total, maxLocals)
	}
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
