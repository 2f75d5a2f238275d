// Package minijinja parses and renders with MiniJinja itself, compiled to
// wasm: the same engine, at the same version, that flows carry.
package minijinja

import (
	"context"
	_ "embed" // for the module
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"unicode/utf8"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/weavster/weavster/codegen/source"
)

//go:embed minijinja.wasm
var wasm []byte

const (
	// MaxSource is how long a source may be, in bytes.
	MaxSource = 64 << 10
	// memoryPages is how much memory one instance may take: 64 MiB. What a
	// rendering makes out of loops and joins has to fit.
	memoryPages = 64 << 20 / 65536
)

// An Engine is the module, ready to be asked. It may be used from several
// goroutines; each call has an instance of its own.
type Engine struct {
	runtime  wazero.Runtime
	cache    wazero.CompilationCache // or nil
	compiled wazero.CompiledModule

	load sync.Once
	bad  error // what went wrong with it

	mu     sync.Mutex
	idle   []api.Module
	parsed map[question]*tree // what was asked before: flows resemble each other
}

// A question is one whose answer is a tree.
type question struct{ op, text string }

// maxParsed is how many trees are kept.
const maxParsed = 4096

// Options say how an engine runs.
type Options struct {
	// CacheDir is a folder that keeps the compiled module for the next
	// process: then a start costs a few milliseconds. Without one, the module
	// is interpreted. To compile it anew takes as long as to interpret about
	// 350 expressions, more than most processes ask for.
	CacheDir string
}

// New makes an engine. The module is loaded at the first question: many a
// project has no template at all. What it answers hangs on nothing but the
// question: the module has no files, no clock and no environment.
func New(ctx context.Context, options Options) (*Engine, error) {
	config, cache := wazero.NewRuntimeConfigInterpreter(), wazero.CompilationCache(nil)
	if options.CacheDir != "" {
		var err error
		if cache, err = wazero.NewCompilationCacheWithDir(options.CacheDir); err != nil {
			return nil, fmt.Errorf("the cache of compiled modules: %w", err)
		}
		config = wazero.NewRuntimeConfig().WithCompilationCache(cache)
	}
	return &Engine{runtime: wazero.NewRuntimeWithConfig(ctx, config.WithMemoryLimitPages(memoryPages)), cache: cache}, nil
}

func (e *Engine) compile(ctx context.Context) (err error) {
	if _, err = wasi_snapshot_preview1.Instantiate(ctx, e.runtime); err != nil {
		return fmt.Errorf("MiniJinja's imports: %w", err)
	}
	host := e.runtime.NewHostModuleBuilder("weavster")
	host.NewFunctionBuilder().WithFunc(answerCall).Export("call")
	if _, err = host.Instantiate(ctx); err != nil {
		return fmt.Errorf("MiniJinja's imports: %w", err)
	}
	ctx = experimental.WithCompilationWorkers(ctx, runtime.GOMAXPROCS(0))
	if e.compiled, err = e.runtime.CompileModule(ctx, wasm); err != nil {
		return fmt.Errorf("MiniJinja's module: %w", err)
	}
	return nil
}

// Close frees the engine.
func (e *Engine) Close(ctx context.Context) error {
	err := e.runtime.Close(ctx)
	if e.cache != nil {
		err = errors.Join(err, e.cache.Close(ctx))
	}
	return err
}

// ParseExpr reads one expression. The error is an *Error where the source is
// at fault.
func (e *Engine) ParseExpr(ctx context.Context, text string) (Expr, error) {
	t, err := e.parse(ctx, "parse_expr", text)
	if err != nil {
		return nil, err
	}
	expr, _ := t.root()
	return expr, nil
}

// ParseTemplate reads a template. As in flows, one newline at its end is not
// part of it. The error is an *Error where the source is at fault.
func (e *Engine) ParseTemplate(ctx context.Context, text string) ([]Stmt, error) {
	t, err := e.parse(ctx, "parse_template", text)
	if err != nil {
		return nil, err
	}
	_, stmts := t.root()
	return stmts, nil
}

// parse gives a tree, which nobody changes.
func (e *Engine) parse(ctx context.Context, op, text string) (*tree, error) {
	e.mu.Lock()
	known := e.parsed[question{op, text}]
	e.mu.Unlock()
	if known != nil {
		return known, nil
	}
	t, err := e.parseAnew(ctx, op, text)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.parsed == nil {
		e.parsed = map[question]*tree{}
	}
	if len(e.parsed) < maxParsed {
		e.parsed[question{op, text}] = t
	}
	return t, nil
}

func (e *Engine) parseAnew(ctx context.Context, op, text string) (*tree, error) {
	a, err := e.ask(ctx, text, struct {
		Op     string `json:"op"`
		Source string `json:"source"`
	}{op, text})
	if err != nil {
		return nil, err
	}
	if len(a.Nodes) == 0 {
		return nil, errors.New("MiniJinja's module answers without a tree")
	}
	return decode(text, a.Nodes)
}

// An answer has one of the four.
type answer struct {
	Nodes   []record       `json:"nodes"`
	Pattern *answerPattern `json:"pattern"`
	Text    string         `json:"text"`
	Failure *failure       `json:"failure"`
}

// ask puts one request about a source to an instance.
func (e *Engine) ask(ctx context.Context, text string, request any) (*answer, error) {
	if err := checkSource(text); err != nil {
		return nil, err
	}
	question, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("a request to MiniJinja: %w", err)
	}
	module, err := e.take(ctx)
	if err != nil {
		return nil, err
	}
	a, err := exchange(ctx, module, question)
	if err != nil {
		// The instance's stack or memory ran out, and it is of no more use.
		return nil, errors.Join(trapped(err, text), module.Close(ctx))
	}
	if a.Failure != nil {
		return nil, errors.Join(a.Failure.error(text), e.give(ctx, module))
	}
	return a, e.give(ctx, module)
}

func exchange(ctx context.Context, module api.Module, question []byte) (*answer, error) {
	at, err := write(ctx, module, question)
	if err != nil {
		return nil, err
	}
	packed, err := module.ExportedFunction("weavster_answer").Call(ctx, uint64(at), uint64(len(question)))
	if err != nil {
		return nil, err
	}
	bytes, err := read(module, packed[0])
	if err != nil {
		return nil, err
	}
	var a answer
	if err := json.Unmarshal(bytes, &a); err != nil {
		return nil, fmt.Errorf("MiniJinja's answer: %w", err)
	}
	_, err = module.ExportedFunction("weavster_free").Call(ctx, packed[0]>>32, packed[0]&math.MaxUint32)
	return &a, err
}

// write puts bytes into a buffer of the module's.
func write(ctx context.Context, module api.Module, bytes []byte) (uint32, error) {
	at, err := module.ExportedFunction("weavster_alloc").Call(ctx, uint64(len(bytes)))
	if err != nil {
		return 0, err
	}
	if !module.Memory().Write(uint32(at[0]), bytes) {
		return 0, errOutside
	}
	return uint32(at[0]), nil
}

// read gives the bytes that a packed pointer and length name; they change with
// the next call.
func read(module api.Module, packed uint64) ([]byte, error) {
	bytes, ok := module.Memory().Read(uint32(packed>>32), uint32(packed))
	if !ok {
		return nil, errOutside
	}
	return bytes, nil
}

var errOutside = errors.New("MiniJinja's module names a place outside its memory")

func (e *Engine) take(ctx context.Context) (api.Module, error) {
	e.mu.Lock()
	if last := len(e.idle) - 1; last >= 0 {
		module := e.idle[last]
		e.idle = e.idle[:last]
		e.mu.Unlock()
		return module, nil
	}
	e.mu.Unlock()
	if e.load.Do(func() { e.bad = e.compile(ctx) }); e.bad != nil {
		return nil, e.bad
	}
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize")
	module, err := e.runtime.InstantiateModule(ctx, e.compiled, config)
	if err != nil {
		return nil, fmt.Errorf("MiniJinja's module: %w", err)
	}
	return module, nil
}

// give keeps an instance for the next call, unless it grew large: by a large
// rendering, or by trees that were too deep to be freed.
func (e *Engine) give(ctx context.Context, module api.Module) error {
	if module.Memory().Size() > memoryPages*65536/4 {
		return module.Close(ctx)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.idle = append(e.idle, module)
	return nil
}

func checkSource(text string) error {
	if len(text) > MaxSource {
		return &Error{Kind: TooLarge, At: source.At(0), Message: fmt.Sprintf("is longer than %d KiB", MaxSource>>10)}
	}
	if !utf8.ValidString(text) {
		return &Error{Kind: Syntax, At: source.At(0), Message: "isn't UTF-8"} // JSON would change it on the way
	}
	return nil
}
