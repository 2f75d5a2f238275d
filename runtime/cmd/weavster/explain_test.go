package main

import (
	"strings"
	"testing"
)

func TestACodeIsExplained(t *testing.T) {
	for _, code := range []string{"W0203", "w1101"} {
		a := weavster(t, "explain", code)
		if a.code != 0 || !strings.HasPrefix(a.out, "# "+strings.ToUpper(code)+": ") || !strings.Contains(a.out, "## How to mend it") {
			t.Errorf("%s: exit code %d, %s%s", code, a.code, a.out, a.err)
		}
	}
	a := weavster(t, "explain")
	if a.code != 0 || !strings.Contains(a.out, "W0101  not YAML\n") || !strings.Contains(a.out, "W1401  ") {
		t.Errorf("exit code %d, %s%s", a.code, a.out, a.err)
	}
}

func TestACodeThatThereIsnt(t *testing.T) {
	for code, want := range map[string]string{
		"W0230": "there is no code W0230; did you mean W0203, \"a field that isn't there, or looks like a slip for another\"?",
		"W9999": "there is no code W9999; explain without a code lists them",
		"W02":   `"W02" is no code such as W0203; a flow needs a message: --message or --message-file`,
	} {
		if a := weavster(t, "explain", code); a.code != 2 || strings.TrimSpace(a.err) != "weavster: "+want {
			t.Errorf("exit code %d, %s", a.code, a.err)
		}
	}
}
