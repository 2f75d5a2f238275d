package module

import (
	"context"
	"fmt"
	"testing"

	"github.com/weavster/weavster/runtime/module/moduletest"
)

// BenchmarkProcess measures what the host adds: the guest only copies.
func BenchmarkProcess(b *testing.B) {
	m, err := Compile(b.Context(), moduletest.Assemble(moduletest.Guest).Bytes(), guestManifest, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close(context.Background())
	f, err := m.Configure(b.Context(), nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	in, err := f.Acquire(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	messages := make([]string, 800)
	for i := range messages {
		messages[i] = fmt.Sprintf("%0300d", i)
	}
	input := batch(messages...)
	b.SetBytes(int64(len(input.Payload)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := in.Process(b.Context(), input); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(messages))*float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

func BenchmarkStart(b *testing.B) {
	code := moduletest.Assemble(moduletest.Guest).Bytes()
	for _, o := range []Options{{}, {Interpreter: true}} {
		b.Run(fmt.Sprintf("interpreter=%v", o.Interpreter), func(b *testing.B) {
			for b.Loop() {
				m, err := Compile(b.Context(), code, guestManifest, o)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := m.Configure(b.Context(), nil, nil); err != nil {
					b.Fatal(err)
				}
				m.Close(b.Context())
			}
		})
	}
}
