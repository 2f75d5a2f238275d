package moduletest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
)

// Assemble reads functions in WebAssembly's text format, their instructions
// flat, not folded:
//
//	(func $name (param $a i32) (result i32) (local $b i32)  local.get $a  call $other)
//
// and one (global $name i32) or (data ADDRESS "text") each. It puts in the
// charges, and exports what the contract names. A mistake panics: sources are
// constants of tests.
func Assemble(source string) *Module {
	a := &assembler{module: newModule(), names: map[string]uint32{}, globals: map[string]uint32{}}
	for i, f := range a.module.Functions {
		a.names["$"+f.Name] = uint32(i + 1)
	}
	a.forms = parse(source)
	for _, form := range a.forms {
		a.declare(form)
	}
	for _, form := range a.forms {
		if form.head() == "func" {
			a.function(form)
		}
	}
	a.export()
	return a.module
}

// A form is an atom or a list in parentheses.
type form struct {
	atom string
	list []form
}

func (f form) head() string {
	if len(f.list) == 0 {
		return ""
	}
	return f.list[0].atom
}

func parse(source string) []form {
	stack := [][]form{nil}
	for _, token := range tokens(source) {
		top := len(stack) - 1
		switch token {
		case "(":
			stack = append(stack, nil)
		case ")":
			stack[top-1] = append(stack[top-1], form{list: stack[top]})
			stack = stack[:top]
		default:
			stack[top] = append(stack[top], form{atom: token})
		}
	}
	return stack[0]
}

func tokens(source string) (all []string) {
	for _, line := range strings.Split(source, "\n") {
		line, _, _ = strings.Cut(line, ";;")
		for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
			n := strings.IndexAny(line, "() \t")
			switch {
			case line[0] == '"':
				quoted, err := strconv.QuotedPrefix(line)
				if err != nil {
					panic("moduletest: " + line)
				}
				n = len(quoted)
			case n == 0:
				n = 1
			case n < 0:
				n = len(line)
			}
			all = append(all, line[:n])
			line = line[n:]
		}
	}
	return all
}

type assembler struct {
	module  *Module
	forms   []form
	names   map[string]uint32 // of functions
	globals map[string]uint32
	locals  map[string]uint32 // of the function at hand
}

func kind(name string) byte {
	switch name {
	case "i32":
		return I32
	case "i64":
		return I64
	}
	panic("moduletest: type " + name)
}

func (a *assembler) declare(f form) {
	switch f.head() {
	case "func":
		name := f.list[1].atom
		a.module.Functions = append(a.module.Functions, Function{Name: name[1:]})
		a.names[name] = uint32(len(a.module.Functions))
	case "global":
		a.globals[f.list[1].atom] = uint32(len(a.module.Globals))
		a.module.Globals = append(a.module.Globals, Global{Kind: kind(f.list[2].atom), Mutable: true})
	case "data":
		content, err := strconv.Unquote(f.list[2].atom)
		if err != nil {
			panic(err)
		}
		a.module.Data = append(a.module.Data, Segment{number(f.list[1].atom), []byte(content)})
	default:
		panic("moduletest: form " + f.head())
	}
}

func (a *assembler) function(f form) {
	fn := &a.module.Functions[a.names[f.list[1].atom]-1]
	a.locals = map[string]uint32{}
	var declared [][]byte
	rest := f.list[2:]
	for ; len(rest) > 0 && rest[0].list != nil; rest = rest[1:] {
		part := rest[0].list
		t := kind(part[len(part)-1].atom)
		switch rest[0].head() {
		case "param":
			fn.Params = append(fn.Params, t)
		case "result":
			fn.Results = append(fn.Results, t)
			continue
		case "local":
			declared = append(declared, []byte{1, t})
		}
		a.locals[part[1].atom] = uint32(len(a.locals))
	}
	fn.Locals = vector(declared...)
	fn.Code = append([]byte(nil), Charge...)
	words := make([]string, len(rest))
	for i, r := range rest {
		words[i] = r.atom
	}
	for len(words) > 0 {
		words = a.instruction(fn, words)
	}
}

// instruction writes one, and gives the words that follow it.
func (a *assembler) instruction(fn *Function, words []string) []string {
	name, rest := words[0], words[1:]
	in, ok := instructions[name]
	if !ok {
		panic("moduletest: instruction " + name)
	}
	fn.Code = append(fn.Code, in.code...)
	var operand string
	if in.takes > takesBlock {
		operand, rest = rest[0], rest[1:]
	}
	switch in.takes {
	case takesBlock:
		fn.Code = append(fn.Code, 0x40)
		if name == "loop" {
			fn.Code = append(fn.Code, Charge...)
		}
	case takesLocal:
		fn.Code = append(fn.Code, u32(lookup(a.locals, operand))...)
	case takesGlobal:
		fn.Code = append(fn.Code, u32(lookup(a.globals, operand))...)
	case takesFunction:
		fn.Code = append(fn.Code, u32(lookup(a.names, operand))...)
	case takesNumber:
		fn.Code = append(fn.Code, signed(number(operand))...)
	case takesLabel:
		fn.Code = append(fn.Code, u32(uint32(number(operand)))...)
	case takesOffset:
		fn.Code = append(fn.Code, 0) // alignment: none is promised
		fn.Code = append(fn.Code, u32(uint32(number(operand)))...)
	}
	return rest
}

func lookup(names map[string]uint32, name string) uint32 {
	i, ok := names[name]
	if !ok {
		panic("moduletest: name " + name)
	}
	return i
}

func number(word string) int64 {
	if len(word) == 3 && word[0] == '\'' {
		return int64(word[1])
	}
	n, err := strconv.ParseInt(word, 0, 64)
	if err != nil {
		panic(fmt.Sprintf("moduletest: number %s", word))
	}
	return n
}

// export names what the contract asks for, in its order.
func (a *assembler) export() {
	m := a.module
	m.Exports = append(m.Exports, Export{contract.ExportMemory, 2, 0})
	for _, name := range []string{contract.ExportInitialize, contract.ExportABI, contract.ExportAlloc, contract.ExportInit, contract.ExportRun, contract.ExportPanic} {
		m.Exports = append(m.Exports, Export{name, 0, lookup(a.names, "$"+name)})
	}
	m.Exports = append(m.Exports, Export{contract.ExportLimit, 3, 2})
}

// What follows an instruction in the text.
const (
	takesNothing = iota
	takesBlock   // nothing; no block here has a result
	takesLocal
	takesGlobal
	takesFunction
	takesNumber
	takesLabel
	takesOffset // of a load or store, always written
)

type encoding struct {
	code  []byte
	takes int
}

var instructions = map[string]encoding{
	"unreachable": {[]byte{0x00}, takesNothing}, "nop": {[]byte{0x01}, takesNothing},
	"block": {[]byte{0x02}, takesBlock}, "loop": {[]byte{0x03}, takesBlock}, "if": {[]byte{0x04}, takesBlock},
	"else": {[]byte{0x05}, takesNothing}, "end": {[]byte{0x0b}, takesNothing},
	"br": {[]byte{0x0c}, takesLabel}, "br_if": {[]byte{0x0d}, takesLabel}, "return": {[]byte{0x0f}, takesNothing},
	"call": {[]byte{0x10}, takesFunction}, "drop": {[]byte{0x1a}, takesNothing},
	"local.get": {[]byte{0x20}, takesLocal}, "local.set": {[]byte{0x21}, takesLocal}, "local.tee": {[]byte{0x22}, takesLocal},
	"global.get": {[]byte{0x23}, takesGlobal}, "global.set": {[]byte{0x24}, takesGlobal},
	"i32.load": {[]byte{0x28}, takesOffset}, "i32.load8_u": {[]byte{0x2d}, takesOffset}, "i64.load": {[]byte{0x29}, takesOffset},
	"i32.store": {[]byte{0x36}, takesOffset}, "i32.store8": {[]byte{0x3a}, takesOffset}, "i32.store16": {[]byte{0x3b}, takesOffset},
	"i64.store":   {[]byte{0x37}, takesOffset},
	"memory.size": {[]byte{0x3f, 0}, takesNothing}, "memory.grow": {[]byte{0x40, 0}, takesNothing},
	"i32.const": {[]byte{0x41}, takesNumber}, "i64.const": {[]byte{0x42}, takesNumber},
	"i32.eqz": {[]byte{0x45}, takesNothing}, "i32.eq": {[]byte{0x46}, takesNothing}, "i32.ne": {[]byte{0x47}, takesNothing},
	"i32.lt_u": {[]byte{0x49}, takesNothing}, "i32.ge_u": {[]byte{0x4f}, takesNothing}, "i32.gt_u": {[]byte{0x4b}, takesNothing},
	"i32.add": {[]byte{0x6a}, takesNothing}, "i32.sub": {[]byte{0x6b}, takesNothing}, "i32.mul": {[]byte{0x6c}, takesNothing},
	"i32.and": {[]byte{0x71}, takesNothing}, "i32.shr_u": {[]byte{0x76}, takesNothing}, "i32.shl": {[]byte{0x74}, takesNothing},
}
