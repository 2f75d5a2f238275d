package bundle

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/weavster/weavster/runtime/project"
)

// IndexFile says what is in a bundle.
const IndexFile = "bundle.json"

const (
	dataFolder    = "data"
	flowsFolder   = "flows"
	sourcesFolder = "sources"
	moduleFile    = "flow.wasm"
	manifestFile  = "manifest.json"
	sourceFile    = "flow.yaml"
	irFile        = "ir.txt"
	lineageFile   = "lineage.json"
	buildFile     = "build.json"
)

// IsFile says whether a bundle may have a file of that name, and of which flow
// it is a part: "" is the project. No such name leads out of the bundle.
func IsFile(name string) (flow string, ok bool) {
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\\:") || strings.ContainsFunc(name, unprintable) {
		return "", false
	}
	folder, rest, _ := strings.Cut(name, "/")
	switch {
	case name == IndexFile || isConfig(name):
		return "", true
	case folder == dataFolder:
		return "", rest != ""
	case folder != flowsFolder:
		return "", false
	}
	flow, rest, _ = strings.Cut(rest, "/")
	return flow, flowName.MatchString(flow) && isFlowFile(rest)
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

func isFlowFile(name string) bool {
	below, isSource := strings.CutPrefix(name, sourcesFolder+"/")
	return slices.Contains(flowFiles, name) || isSource && below != ""
}

// ModulePath is where a bundle has a flow's module.
func ModulePath(flow string) string { return path.Join(flowsFolder, flow, moduleFile) }

// ManifestPath is where a bundle has a flow's manifest.
func ManifestPath(flow string) string { return path.Join(flowsFolder, flow, manifestFile) }

func isConfig(name string) bool {
	folder, base := path.Split(name)
	switch folder {
	case "":
		return base == project.MainFile || base == project.ProfilesFile
	case project.ConnectorsFolder + "/":
		return strings.HasSuffix(base, ".yaml")
	case project.MacrosFolder + "/":
		return strings.HasSuffix(base, ".jinja")
	}
	return false
}

// flowName leaves no way out of the folder.
var flowName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// IsBulk says whether a file of a bundle is data, or a source: what may be
// large, and is never read as a whole.
func IsBulk(name string) bool {
	parts := strings.SplitN(name, "/", 4)
	return parts[0] == dataFolder || parts[0] == flowsFolder && len(parts) > 3 && parts[2] == sourcesFolder
}
