package module

import (
	"context"
	"fmt"
	"sync"
)

// A Flow is a module with its variables and tables: what a worker takes its
// instance from. It is safe for concurrent use.
type Flow struct {
	module *Module
	config []byte // the frame that every new instance is given

	mutex sync.Mutex
	idle  []*Instance
}

// Configure answers the module's variables, as JSON, and gives it its tables,
// as contract.EncodeTable makes them, both in the order of the manifest. The
// error says if the module doesn't take them.
func (m *Module) Configure(ctx context.Context, vars, tables [][]byte) (*Flow, error) {
	config, err := configFrame(vars, tables)
	if err != nil {
		return nil, err
	}
	f := &Flow{module: m, config: config}
	in, err := f.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	f.Release(in)
	return f, nil
}

// Acquire lends an instance to one goroutine, until Release. Instances that
// were given back come first.
func (f *Flow) Acquire(ctx context.Context) (*Instance, error) {
	f.mutex.Lock()
	if n := len(f.idle); n > 0 {
		in := f.idle[n-1]
		f.idle = f.idle[:n-1]
		f.mutex.Unlock()
		return in, nil
	}
	f.mutex.Unlock()
	in := &Instance{flow: f, decoder: decoder{outputs: f.module.outputs, steps: f.module.steps}}
	if err := in.renew(ctx); err != nil {
		return nil, fmt.Errorf("flow can't be started: %w", err)
	}
	return in, nil
}

// Release gives an instance back. Results that it made are no longer valid.
func (f *Flow) Release(in *Instance) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.idle = append(f.idle, in)
}

// Close frees the instances that were given back.
func (f *Flow) Close(ctx context.Context) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, in := range f.idle {
		if err := in.close(ctx); err != nil {
			return err
		}
	}
	f.idle = nil
	return nil
}
