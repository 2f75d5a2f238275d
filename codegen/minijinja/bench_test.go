package minijinja

import (
	"context"
	"testing"
)

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		e, err := New(b.Context(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.ParseExpr(context.Background(), "a + 1"); err != nil {
			b.Fatal(err)
		}
		e.Close(b.Context())
	}
}

func BenchmarkParseExpr(b *testing.B) {
	e, err := New(b.Context(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := e.ParseExpr(b.Context(), "status == 'paid' and qty * unit_price > var('threshold') or country in ['GB', 'FR']"); err != nil {
			b.Fatal(err)
		}
	}
}
