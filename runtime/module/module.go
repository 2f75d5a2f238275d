// Package module runs compiled flows that nobody has to trust. It checks a
// module on its bytes, compiles it once, and lends out instances: each is one
// worker's, keeps its memory from batch to batch, and is replaced after a
// trap. It alone knows wazero.
//
//	m, err := module.Compile(ctx, wasm, manifest, module.Options{})
//	flow, err := m.Configure(ctx, vars, tables)
//	in, err := flow.Acquire(ctx)   // once a worker
//	result, err := in.Process(ctx, batch)
//	flow.Release(in)
package module

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/module/verify"
)

// Options say how a module is compiled and what its messages may use. The
// zero value is a good one.
type Options struct {
	// Interpreter runs the module without compiling it to machine code:
	// it starts at once and runs many times slower.
	Interpreter bool
	// CacheDir keeps machine code from run to run. It has to be the
	// user's alone, as what is in it is run; it is made where it isn't
	// there. Empty: nothing is kept.
	CacheDir string
	// MemoryPages is how far an instance's memory may grow, in pages of
	// 64 KiB. 0 is DefaultMemoryPages.
	MemoryPages uint32
	// Limit is what one message may use, in contract.TickUnits. 0 is
	// contract.DefaultLimit.
	Limit int
	// MessageBytes is the longest message that is taken. 0: any that fits
	// into memory.
	MessageBytes int
}

// Defaults and bounds of Options.
const (
	DefaultMemoryPages = 1024
	maxMemoryPages     = 16384 // 1 GiB
	maxLimit           = 1 << 20
	maxModuleSize      = 32 << 20
)

// A Module is a compiled flow. It is safe for concurrent use.
type Module struct {
	runtime  wazero.Runtime
	cache    wazero.CompilationCache
	compiled wazero.CompiledModule
	options  Options
	abi      int
	outputs  int
	steps    int
	meta     bool
	identity bool
}

// Compile checks a module, and compiles it. A module that breaks its contract
// is refused with a *verify.Error before anything is made of it.
func Compile(ctx context.Context, wasm []byte, manifest *contract.Manifest, o Options) (*Module, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	if err := contract.CheckABI(manifest.ABI); err != nil {
		return nil, fmt.Errorf("flow %s can't be run: %w", manifest.Flow, err)
	}
	plain, err := verify.Check(wasm, verify.Limits{Size: maxModuleSize, Pages: o.MemoryPages})
	if err != nil {
		return nil, fmt.Errorf("flow %s: %w", manifest.Flow, err)
	}
	m := &Module{options: o, abi: manifest.ABI, outputs: len(manifest.Outputs), steps: len(manifest.Steps), meta: len(manifest.Meta) > 0, identity: manifest.Identity}
	if err := m.compile(ctx, plain); err != nil {
		return nil, errors.Join(fmt.Errorf("flow %s: %w", manifest.Flow, err), m.Close(ctx))
	}
	return m, nil
}

func (o Options) complete() (Options, error) {
	if o.MemoryPages == 0 {
		o.MemoryPages = DefaultMemoryPages
	}
	if o.Limit == 0 {
		o.Limit = contract.DefaultLimit
	}
	if o.MemoryPages > maxMemoryPages {
		return o, fmt.Errorf("a flow's memory of %d pages is more than the %d allowed", o.MemoryPages, maxMemoryPages)
	}
	if o.Limit < 1 || o.Limit > maxLimit {
		return o, fmt.Errorf("a limit of %d million units of work isn't between 1 and %d", o.Limit, maxLimit)
	}
	return o, nil
}

func (m *Module) compile(ctx context.Context, plain []byte) error {
	config := wazero.NewRuntimeConfigCompiler()
	if m.options.Interpreter {
		config = wazero.NewRuntimeConfigInterpreter()
	}
	// Vectors, bulk memory and the other features of WebAssembly 2.0.
	// Stopping at the end of a context is left out: its checks make code
	// several times slower, and the tick does the same at no cost.
	config = config.WithCoreFeatures(api.CoreFeaturesV2).WithDebugInfoEnabled(false).WithMemoryLimitPages(m.options.MemoryPages)
	if m.options.CacheDir != "" && !m.options.Interpreter {
		cache, err := openCache(m.options.CacheDir)
		if err != nil {
			return err
		}
		m.cache = cache
		config = config.WithCompilationCache(cache)
	}
	m.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	_, err := m.runtime.NewHostModuleBuilder(contract.ImportModule).
		NewFunctionBuilder().WithGoFunction(api.GoFunc(tick), nil, nil).Export(contract.ImportTick).
		Instantiate(ctx)
	if err != nil {
		return err
	}
	if m.compiled, err = m.runtime.CompileModule(ctx, plain); err != nil {
		return fmt.Errorf("module refused by its compiler: %w", err)
	}
	return nil
}

// Close frees the module, with all its instances.
func (m *Module) Close(ctx context.Context) error {
	var err error
	if m.runtime != nil {
		err = m.runtime.Close(ctx)
	}
	if m.cache != nil {
		err = errors.Join(err, m.cache.Close(ctx))
	}
	return err
}
