package transform

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/ir"
)

func TestFieldsHaveAPointer(t *testing.T) {
	got := FieldOf(ir.Path{"items", 0, "a/b", "~x"})
	want := contract.Field{Path: `items[0]."a/b"."~x"`, Pointer: "/items/0/a~1b/~0x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
