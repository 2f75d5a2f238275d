// Package verify checks a compiled flow on its bytes, before anything is made
// of them: that its one import is the tick, that it counts its work wherever
// it could run on, that memory and table are bounded, and that its exports
// are those of the contract. What only its build promised could be forged.
//
// It checks what the sandbox needs and a compiler doesn't; that the code is
// well typed is left to the compiler, which checks it anyway.
package verify

const pageSize = 65536

// Limits are what the machine allows a module.
type Limits struct {
	// Size is the most bytes that a module may have.
	Size int
	// Pages is how far its memory may grow, in pages of 64 KiB, where it
	// doesn't ask for less itself.
	Pages uint32
}

// Check returns the module as it may be compiled: without custom sections,
// and with the limit as its memory's maximum where it asked for more. The
// error is an *Error.
func Check(code []byte, limits Limits) ([]byte, error) {
	r := &reader{data: code, function: -1}
	if len(code) > limits.Size {
		r.failAt(limits.Size, "it is %d bytes long, which is more than the %d allowed", len(code), limits.Size)
		return nil, r.err
	}
	m := decode(r, limits.Pages)
	for _, check := range []func(*reader){m.checkShape, m.checkFuelGlobals, m.checkExports, m.checkReferences, m.checkBodies} {
		if r.err == nil {
			check(r)
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	return m.plain, nil
}

// checkShape asks for the parts that a flow can't be without; those that are
// there were checked where they stand.
func (m *module) checkShape(r *reader) {
	switch {
	case m.imports != 1:
		r.fail("it doesn't import the tick")
	case m.memories != 1:
		r.fail("it has no memory")
	case len(m.bodies) < len(helpers):
		r.fail("it lacks the functions that count work")
	case len(m.globals) < len(fuelGlobals):
		r.fail("it lacks the globals that count work")
	}
}

// checkReferences refuses a table or a constant that holds a function which
// only the counting of work may call.
func (m *module) checkReferences(r *reader) {
	for _, f := range m.referred {
		if f == functionTick || f == functionRefuel {
			r.fail("a table or a constant holds function %d, which is for the counting of work", f)
		}
	}
}
