// Package facts gathers what a flow was built of and by: see contract.Build.
package facts

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
)

// A Flow is what the compiler of flows knows, once it has compiled one. It
// writes it beside the crate, for the action that knows the rest.
type Flow struct {
	Flow    string            `json:"flow"`
	Sources []contract.Source `json:"sources"` // those that are part of the flow
	Crates  []string          `json:"crates"`  // those that the generated code names, as Rust spells them
}

// Linked are the crates of each library that a flow may call: itself, and
// those that it calls in turn. A crate from a registry is NAME-VERSION, one of
// Weavster's own a name as Rust spells it.
type Linked map[string][]string

// Crates are those that a repository of crates holds, by NAME-VERSION.
type Crates map[string]Crate

// A Crate is one of them, as `cargo metadata` and `cargo vendor` tell it.
type Crate struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Source  string `json:"source"`
	SHA256  string `json:"sha256"`
	License string `json:"license"`
}

// ownLicense is that of Weavster's crates: Cargo.toml states it.
const ownLicense = "Apache-2.0"

// Build puts together what is known of a flow's build.
func Build(target string, flow *Flow, linked Linked, crates Crates, compilers []contract.Compiler) (*contract.Build, error) {
	b := &contract.Build{
		Schema: contract.BuildSchema, Weavster: contract.Version, Flow: flow.Flow, Target: target,
		Sources: flow.Sources,
		Compilers: append([]contract.Compiler{
			{Name: contract.CompilerFlowc, Version: contract.Version},
			{Name: contract.CompilerLink, Version: contract.Version},
		}, compilers...),
	}
	for _, key := range linked.of(flow.Crates) {
		crate, err := crates.crate(key)
		if err != nil {
			return nil, err
		}
		b.Crates = append(b.Crates, crate)
	}
	for _, name := range flow.Crates {
		if linked[name] == nil {
			return nil, fmt.Errorf("the flow calls the crate %s, which it isn't linked with", name)
		}
	}
	return b, nil
}

// of are the crates that some of the libraries need, each once, in order.
func (l Linked) of(libraries []string) (keys []string) {
	for _, library := range libraries {
		keys = append(keys, l[library]...)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func (c Crates) crate(key string) (contract.Crate, error) {
	if found, ok := c[key]; ok {
		return contract.Crate{Name: found.Name, Version: found.Version, Registry: found.Source, SHA256: found.SHA256, License: expression(found.License)}, nil
	}
	if strings.Contains(key, "-") {
		return contract.Crate{}, fmt.Errorf("the crate %s isn't among those of Cargo.lock", key)
	}
	return contract.Crate{Name: strings.ReplaceAll(key, "_", "-"), Version: contract.Version, License: ownLicense}, nil
}

// expression is a licence as SPDX writes it: crates from before Cargo asked for
// that have a slash where an OR is meant.
func expression(license string) string {
	parts := strings.Split(license, "/")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, " OR ")
}

// JSON is the flow's facts as a file.
func (f *Flow) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(f, "", "  ")
	return append(text, '\n'), err
}
