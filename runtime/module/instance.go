package module

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/weavster/weavster/codegen/contract"
)

// startTicks is what a module may use to start and to take its tables.
const startTicks = 2_000

// An Instance runs batches, one at a time. It belongs to one goroutine until
// it is released.
type Instance struct {
	flow    *Flow
	decoder decoder

	wasm  api.Module
	alloc api.Function
	run   api.Function
	limit api.MutableGlobal
	// fresh is whether nothing has run since the instance was made.
	fresh bool
	// renewals counts how often it was made.
	renewals int
	stack    [2]uint64
}

// renew starts anew from the module's first state. An instance that has
// trapped can't be told from one that is about to.
func (in *Instance) renew(ctx context.Context) error {
	if err := in.close(ctx); err != nil {
		return err
	}
	m := in.flow.module
	c := &clock{Context: ctx, left: startTicks}
	// Instances have no name, as many of them live side by side.
	wasm, err := m.runtime.InstantiateModule(c, m.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return err
	}
	in.wasm = wasm
	in.alloc = wasm.ExportedFunction(contract.ExportAlloc)
	in.run = wasm.ExportedFunction(contract.ExportRun)
	in.limit = wasm.ExportedGlobal(contract.ExportLimit).(api.MutableGlobal)
	// Reading tables is work for the whole flow, not one message's.
	in.limit.Set(startTicks)
	if err := in.start(c); err != nil {
		return errors.Join(err, in.close(ctx))
	}
	in.limit.Set(uint64(m.options.Limit))
	in.fresh = true
	in.renewals++
	return nil
}

// start runs constructors, and hands over the configuration.
func (in *Instance) start(c *clock) error {
	if _, err := in.wasm.ExportedFunction(contract.ExportInitialize).Call(c); err != nil {
		return in.trapped(c, err)
	}
	version, err := in.wasm.ExportedFunction(contract.ExportABI).Call(c)
	if err != nil {
		return in.trapped(c, err)
	}
	if abi := in.flow.module.abi; version[0] != uint64(abi) {
		return fmt.Errorf("it says that it speaks version %d of the module contract, and its manifest says version %d", version[0], abi)
	}
	config := in.flow.config
	address, frame, err := in.input(c, len(config))
	if err != nil {
		return err
	}
	copy(frame, config)
	answer, err := in.wasm.ExportedFunction(contract.ExportInit).Call(c, uint64(address), uint64(len(config)))
	if err != nil {
		return in.trapped(c, err)
	}
	if answer[0] == 0 {
		return nil
	}
	text, err := in.text(uint32(answer[0]))
	if err != nil {
		return err
	}
	return fmt.Errorf("it doesn't take its configuration: %s", text)
}

func (in *Instance) close(ctx context.Context) error {
	if in.wasm == nil {
		return nil
	}
	err := in.wasm.Close(ctx)
	in.wasm = nil
	return err
}

// memory is the whole of the guest's memory, until it runs again.
func (in *Instance) memory() memory {
	m := in.wasm.Memory()
	b, ok := m.Read(0, m.Size())
	if !ok {
		return nil
	}
	return b
}

// input asks the guest for room for n bytes, and gives the room.
func (in *Instance) input(c *clock, n int) (address uint32, frame []byte, err error) {
	in.stack[0] = uint64(n)
	if err := in.alloc.CallWithStack(c, in.stack[:1]); err != nil {
		return 0, nil, in.trapped(c, err)
	}
	address = uint32(in.stack[0])
	if address == 0 {
		return 0, nil, &fault{contract.ErrMemory, "there is no memory left for the message", nobody}
	}
	room, err := in.memory().slice("input buffers", uint64(address), uint64(n)+contract.InputSlack)
	if err != nil || address%16 != 0 {
		return 0, nil, &fault{contract.ErrTrap, "the module gave a buffer that breaks its contract", nobody}
	}
	return address, room[:n], nil
}

// try runs one span. The result is the decoder's: valid until the next run. A
// *fault is the module's doing, any other error the caller's or the host's.
func (in *Instance) try(ctx context.Context, s span) (*contract.Result, error) {
	size := s.size()
	if size > maxFrame {
		return nil, &fault{contract.ErrMemory, "there is no memory left for the message", nobody}
	}
	c := &clock{Context: ctx, left: min((s.count()+2)*in.flow.module.options.Limit, math.MaxInt)}
	address, frame, err := in.input(c, size)
	if err != nil {
		return nil, err
	}
	s.write(frame)
	in.fresh = false
	in.stack[0], in.stack[1] = uint64(address), uint64(size)
	if err := in.run.CallWithStack(c, in.stack[:]); err != nil {
		return nil, in.trapped(c, err)
	}
	in.decoder.trace = s.batch.Trace
	result, err := in.decoder.decode(in.memory(), uint32(in.stack[0]), s.count())
	if err != nil {
		return nil, &fault{contract.ErrTrap, "the module's answer breaks its contract: " + err.Error(), nobody}
	}
	return result, nil
}
