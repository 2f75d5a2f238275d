package facts

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
)

var (
	rustcLine = regexp.MustCompile(`(?m)^(release|commit-hash|LLVM version): (\S+)$`)
	lldLine   = regexp.MustCompile(`(?m)^(?:[A-Za-z]+ )?LLD ([0-9][^ \n]*)`)
)

// Compilers reads them off what `rustc -vV` and the linker's `--version` print.
// Of the linker, whoever has packaged it doesn't count.
func Compilers(printed string) ([]contract.Compiler, error) {
	stated := map[string]string{}
	for _, line := range rustcLine.FindAllStringSubmatch(printed, -1) {
		stated[line[1]] = line[2]
	}
	lld := lldLine.FindStringSubmatch(printed)
	if stated["release"] == "" || stated["LLVM version"] == "" || lld == nil {
		return nil, fmt.Errorf("no versions of rustc, LLVM and lld in what they print:\n%s", strings.TrimSpace(printed))
	}
	rustc := contract.Compiler{Name: contract.CompilerRustc, Version: stated["release"]}
	if commit := stated["commit-hash"]; commit != "unknown" {
		rustc.Commit = commit
	}
	return []contract.Compiler{
		rustc,
		{Name: contract.CompilerLLVM, Version: stated["LLVM version"]},
		{Name: contract.CompilerLLD, Version: lld[1]},
	}, nil
}
