package verify

import (
	"bytes"

	"github.com/weavster/weavster/codegen/contract"
)

// The layout that codegen/link documents: which globals and functions count
// work, and their exact bytes.
const (
	functionTick   = 0
	functionRefuel = 1
	functionStart  = 2 // gives each message its budget
	functionCopy   = 3 // memory.copy, charged by length
	functionFill   = 4

	globalFuel   = 0
	globalBudget = 1
	globalLimit  = 2
	globalCarry  = 3
)

// fuelGlobals are the initial values of the globals that count work.
var fuelGlobals = [...]int64{
	globalFuel:   contract.TickUnits,
	globalBudget: contract.DefaultLimit,
	globalLimit:  contract.DefaultLimit,
	globalCarry:  0,
}

// charge is what stands at the entry of every function and loop: one unit
// less, and a new slice when there is none left.
var charge = []byte{
	0x23, globalFuel, 0x41, 1, 0x6b, 0x24, globalFuel,
	0x23, globalFuel, 0x45, 0x04, 0x40, 0x10, functionRefuel, 0x0b,
}

// slice is contract.TickUnits as it is written in a module.
var slice = []byte{0xc0, 0x84, 0x3d}

// helpers are the bodies of the functions behind the import, locals included.
var helpers = []struct {
	params string
	body   []byte
}{
	{"", bytes.Join([][]byte{
		{0},
		{0x23, globalBudget, 0x41, 1, 0x6b, 0x24, globalBudget}, // budget--
		{0x23, globalBudget, 0x41, 1, 0x48, 0x04, 0x40},         // if budget < 1
		{0x41, 0, 0x24, globalLimit},                            //   limit = 0, for the host to see
		{0x41}, slice, {0x24, globalFuel, 0x00, 0x0b},           //             fuel = slice; trap
		{0x41}, slice, {0x24, globalFuel, 0x10, functionTick, 0x0b},
	}, nil)},
	{"", bytes.Join([][]byte{
		{0},
		{0x23, globalCarry, 0x41}, slice, {0x6a, 0x23, globalFuel, 0x6b, 0x24, globalCarry}, // carry += slice - fuel
		{0x41}, slice, {0x24, globalFuel}, //                                                    fuel = slice
		{0x23, globalLimit, 0x24, globalBudget},              //                                  budget = limit
		{0x23, globalCarry, 0x41}, slice, {0x4e, 0x04, 0x40}, //                                 if carry >= slice
		{0x23, globalCarry, 0x41}, slice, {0x6b, 0x24, globalCarry}, //                            carry -= slice
		{0x10, functionTick, 0x0b, 0x0b}, //                                                       tick
	}, nil)},
	{i32 + i32 + i32, charged(0xfc, 10, 0, 0)},
	{i32 + i32 + i32, charged(0xfc, 11, 0)},
}

// charged is the body around a bulk instruction: a turn of a loop, and with
// it a unit, for every 256 bytes.
func charged(op ...byte) []byte {
	return bytes.Join([][]byte{
		{1, 1, typeI32}, charge,
		{0x20, 2, 0x41, 8, 0x76, 0x22, 3, 0x04, 0x40}, // if (turns = length >> 8)
		{0x03, 0x40}, charge, {0x20, 3, 0x41, 1, 0x6b, 0x22, 3, 0x0d, 0, 0x0b, 0x0b},
		{0x20, 0, 0x20, 1, 0x20, 2}, op, {0x0b},
	}, nil)
}

func (m *module) checkFuelGlobals(r *reader) {
	for i, initial := range fuelGlobals {
		if g := m.globals[i]; g.kind != typeI32 || !g.mutable || !g.constant || g.init != initial {
			r.failAt(g.at, "global %d doesn't begin as the one that counts work does", i)
		}
	}
}

// checkHelper holds a helper against its bytes.
func (m *module) checkHelper(i int, code *reader) {
	want := helpers[i]
	if sig, _ := m.functionType(m.imports + uint32(i)); sig != (signature{params: want.params}) {
		code.fail("it counts work, and its type isn't what it has to be")
	}
	if !bytes.Equal(code.data[code.at:], want.body) {
		code.fail("it counts work, and its code isn't what it has to be")
	}
}

// charge passes over the charge, which has to stand here.
func (r *reader) charge(where string) {
	if r.err != nil || !bytes.HasPrefix(r.data[r.at:], charge) {
		r.fail("%s doesn't count its work", where)
		return
	}
	r.at += len(charge)
}
