package minijinja

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tetratelabs/wazero/api"
)

// DefaultFuel is how many instructions of MiniJinja's a rendering may take.
const DefaultFuel = 1_000_000

// A FuncCall is a template's call of one of the host's functions. Values are JSON.
type FuncCall struct {
	Name   string                     `json:"name"`
	Args   []json.RawMessage          `json:"args"`
	Kwargs map[string]json.RawMessage `json:"kwargs"`
}

// A Func answers a call with a value that encodes as JSON. Its error's text
// becomes the message of the rendering's error.
type Func func(FuncCall) (any, error)

// A Job is one rendering. A newline at the source's end is kept.
type Job struct {
	Source string
	// Globals are values that the source and its macros see, as JSON.
	Globals map[string]json.RawMessage
	// Funcs are functions by name.
	Funcs map[string]Func
	// Templates are other templates by name, for import and include.
	Templates map[string]string
	// Imports are macros that the source may call without importing them: names by template.
	Imports map[string][]string
	// Strict makes any use of an undefined name an error, even `if`. Otherwise it is SemiStrict, as in flows.
	Strict bool
	// Fuel bounds the rendering; 0 is DefaultFuel.
	Fuel uint64
}

// Render gives a job's text. The error is an *Error where a source is at fault.
func (e *Engine) Render(ctx context.Context, job Job) (string, error) {
	for name, text := range job.Templates {
		if err := checkSource(text); err != nil {
			return "", fmt.Errorf("template %s: %w", name, err)
		}
	}
	a, err := e.ask(context.WithValue(ctx, funcsKey{}, job.Funcs), job.Source, job.request())
	if err != nil {
		return "", err
	}
	return a.Text, nil
}

// A request is a Job as the module takes it.
type request struct {
	Op        string                     `json:"op"`
	Source    string                     `json:"source"`
	Globals   map[string]json.RawMessage `json:"globals,omitempty"`
	Functions []string                   `json:"functions,omitempty"`
	Templates map[string]string          `json:"templates,omitempty"`
	Imports   map[string][]string        `json:"imports,omitempty"`
	Undefined string                     `json:"undefined"`
	Fuel      uint64                     `json:"fuel"`
}

func (job *Job) request() request {
	r := request{
		Op: "render", Source: job.Source, Globals: job.Globals, Templates: job.Templates,
		Imports: job.Imports, Undefined: "semi_strict", Fuel: job.Fuel,
	}
	for name := range job.Funcs {
		r.Functions = append(r.Functions, name)
	}
	if job.Strict {
		r.Undefined = "strict"
	}
	if r.Fuel == 0 {
		r.Fuel = DefaultFuel
	}
	return r
}

// funcsKey is where the context of a call holds the functions of its job: the
// import is one for all instances.
type funcsKey struct{}

// answerCall is the module's import. It panics, which ends the call with an
// error, only if the module breaks its own rules.
func answerCall(ctx context.Context, module api.Module, at, length uint32) uint64 {
	bytes, ok := module.Memory().Read(at, length)
	if !ok {
		panic(errOutside)
	}
	reply := encodeReply(bytes, ctx.Value(funcsKey{}).(map[string]Func))
	to, err := write(ctx, module, reply)
	if err != nil {
		panic(err)
	}
	return uint64(to)<<32 | uint64(len(reply))
}

func encodeReply(bytes []byte, funcs map[string]Func) []byte {
	value, err := callFunc(bytes, funcs)
	if err == nil {
		reply, failed := json.Marshal(map[string]any{"value": value})
		if failed == nil {
			return reply
		}
		err = failed
	}
	reply, err := json.Marshal(map[string]string{"error": err.Error()})
	if err != nil {
		panic(err) // text always encodes
	}
	return reply
}

func callFunc(bytes []byte, funcs map[string]Func) (any, error) {
	var call FuncCall
	if err := json.Unmarshal(bytes, &call); err != nil {
		return nil, err
	}
	f, ok := funcs[call.Name]
	if !ok {
		return nil, fmt.Errorf("the function %q is unknown", call.Name)
	}
	return f(call)
}
