package image

import (
	"bytes"
	"debug/elf"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/crypto/x509roots/fallback/bundle"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/layer"
)

func text(s string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }
}

func programLayer(file string) (v1.Layer, error) {
	return layer.New([]layer.File{{
		Name: program[1:], Mode: 0o555,
		Open: func() (io.ReadCloser, error) { return os.Open(file) },
	}})
}

// factsLayer is the file that bills of materials are made of, where whoever
// has the image finds it.
func factsLayer(file string) (v1.Layer, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if _, err := contract.ReadProgram(text); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return layer.New([]layer.File{{
		Name: artifact.ProgramFacts, Mode: 0o444,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil },
	}})
}

// certificates are Mozilla's roots as a file of PEM blocks. A root that Mozilla
// trusts on a condition is left out: a file can't say the condition.
func certificates() (string, error) {
	var out strings.Builder
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		if err := pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// checkProgram refuses what couldn't start in an image without anything else:
// a program for another machine, or one that wants a C library.
func checkProgram(file, architecture string) error {
	f, err := elf.Open(file)
	if err != nil {
		return fmt.Errorf("%s isn't a program for linux/%s: %w", file, architecture, err)
	}
	defer f.Close()
	machine, ok := machines[architecture]
	if !ok {
		return fmt.Errorf("there is no image for linux/%s", architecture)
	}
	if f.Machine != machine {
		return fmt.Errorf("%s is a program for %s, and not for linux/%s", file, f.Machine, architecture)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return fmt.Errorf("%s wants a C library, and an image has none: build it without cgo", file)
		}
	}
	return nil
}
