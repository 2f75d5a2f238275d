package verify

import "github.com/weavster/weavster/codegen/contract"

// abi is what a flow exports, in this order, and nothing else.
var abi = []struct {
	name            string
	kind            byte
	params, results string
}{
	{contract.ExportMemory, kindMemory, "", ""},
	{contract.ExportInitialize, kindFunction, "", ""},
	{contract.ExportABI, kindFunction, "", i32},
	{contract.ExportAlloc, kindFunction, i32, i32},
	{contract.ExportInit, kindFunction, i32 + i32, i32},
	{contract.ExportRun, kindFunction, i32 + i32, i32},
	{contract.ExportPanic, kindFunction, "", i32},
	{contract.ExportLimit, kindGlobal, "", ""},
}

const i32 = string(rune(typeI32))

func (m *module) checkExports(r *reader) {
	for i, got := range m.exports {
		if i >= len(abi) {
			r.failAt(got.at, "it exports %q, which is not part of the contract", got.name)
			return
		}
		want := abi[i]
		if got.name != want.name || got.kind != want.kind {
			r.failAt(got.at, "its export %d is %q of kind %d, where the contract has %q of kind %d", i, got.name, got.kind, want.name, want.kind)
		}
		m.checkExport(r, want.name, signature{want.params, want.results}, got)
	}
	if len(m.exports) < len(abi) {
		r.fail("it doesn't export %q", abi[len(m.exports)].name)
	}
}

func (m *module) checkExport(r *reader, name string, want signature, got exported) {
	switch got.kind {
	case kindMemory:
		if got.index != 0 {
			r.failAt(got.at, "its export %q is memory %d, which isn't there", name, got.index)
		}
	case kindGlobal:
		if got.index != globalLimit {
			r.failAt(got.at, "its export %q is global %d, not the limit", name, got.index)
		}
	case kindFunction:
		if is, ok := m.functionType(got.index); !ok || is != want {
			r.failAt(got.at, "its export %q is a function of another type", name)
		}
		if got.index < m.imports+uint32(len(helpers)) {
			r.failAt(got.at, "its export %q is a function that counts work", name)
		}
	}
}
