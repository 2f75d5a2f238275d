package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSchemasArePrinted(t *testing.T) {
	a := weavster(t, "schema", "flow")
	var schema struct{ Properties map[string]any }
	if err := json.Unmarshal([]byte(a.out), &schema); err != nil || a.code != 0 || schema.Properties["transforms"] == nil {
		t.Errorf("exit code %d, %v, %.200s%s", a.code, err, a.out, a.err)
	}
	if a := weavster(t, "schema"); a.code != 0 || !strings.Contains(a.out, "connectors   connectors/*.yaml ") {
		t.Errorf("exit code %d, %s%s", a.code, a.out, a.err)
	}
	if a := weavster(t, "schema", "flwo"); a.code != 2 || !strings.Contains(a.err, `did you mean "flow"?`) {
		t.Errorf("exit code %d, %s", a.code, a.err)
	}
}
