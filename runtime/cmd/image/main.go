// Command image makes Weavster's own images as a build action, each as an OCI
// layout folder.
//
//	image runtime -out FOLDER -program ARCH=FILE... [-facts FILE] [-status FILE]
//	image application -out FOLDER -runtime FOLDER -project FOLDER
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/image"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("which image: runtime or application?")
	}
	flags := flag.NewFlagSet("image "+args[0], flag.ExitOnError)
	out := flags.String("out", "", "the `folder` to write")
	var build func() (v1.ImageIndex, error)
	switch args[0] {
	case "runtime":
		build = runtimeImage(flags)
	case "application":
		build = applicationImage(flags)
	default:
		return fmt.Errorf("there is no image %q", args[0])
	}
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	index, err := build()
	if err != nil {
		return err
	}
	return artifact.WriteLayout(*out, index)
}

func runtimeImage(flags *flag.FlagSet) func() (v1.ImageIndex, error) {
	programs := map[string]string{}
	flags.Func("program", "the program for an architecture, `ARCH=FILE`", func(given string) error {
		architecture, file, ok := strings.Cut(given, "=")
		if !ok {
			return errors.New("it has to be ARCH=FILE")
		}
		programs[architecture] = file
		return nil
	})
	facts := flags.String("facts", "", "what the programs were built of and by, a `file`")
	status := flags.String("status", "", "the workspace's status, a `file` of Bazel's; without it the image names no commit")
	return func() (v1.ImageIndex, error) {
		commit, err := commitOf(*status)
		if err != nil {
			return nil, err
		}
		return image.New(image.Options{Programs: programs, Facts: *facts, Commit: commit})
	}
}

// commitOf finds the commit in the lines `KEY value` that Bazel writes.
func commitOf(status string) (string, error) {
	if status == "" {
		return "", nil
	}
	text, err := os.ReadFile(status)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if commit, ok := strings.CutPrefix(line, "STABLE_WEAVSTER_COMMIT "); ok {
			return strings.TrimSpace(commit), nil
		}
	}
	return "", errors.New("the workspace's status names no commit: --stamp wants --workspace_status_command, which --config=release gives")
}

func applicationImage(flags *flag.FlagSet) func() (v1.ImageIndex, error) {
	runtime := flags.String("runtime", "", "the runtime image's `folder`")
	project := flags.String("project", "", "the project image's `folder`")
	return func() (v1.ImageIndex, error) {
		base, err := readLayout(*runtime)
		if err != nil {
			return nil, err
		}
		flows, err := readLayout(*project)
		if err != nil {
			return nil, err
		}
		return image.NewApplication(base, flows)
	}
}

// readLayout reads a folder that a sandbox may have filled with links to the
// files of the real one. Links aren't taken for blobs, so it reads the real one.
func readLayout(folder string) (v1.ImageIndex, error) {
	index, err := filepath.EvalSymlinks(filepath.Join(folder, "index.json"))
	if err != nil {
		return nil, err
	}
	return artifact.ReadLayout(filepath.Dir(index))
}
