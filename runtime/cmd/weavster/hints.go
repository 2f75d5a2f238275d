package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/weavster/weavster/runtime/observe"
)

type logger = *slog.Logger

// hints are the commands to go on with: the rows of each output, the dead
// letters.
func (r *runner) hints(s *observe.Summary) []string {
	me, asks := program(r.opened.bundle.Package), r.asksHere()
	var list []string
	seen := map[string]bool{}
	add := func(hint string) {
		if !seen[hint] {
			seen[hint] = true
			list = append(list, hint)
		}
	}
	for _, f := range r.flows {
		for _, output := range f.resolved.Outputs {
			switch {
			case asks && output.Spec.Name == "postgres" && output.Options.Get("url") == nil:
				add(fmt.Sprintf("%s sql \"select * from %s limit 5\"", me, output.Options.Text("table")))
			case output.Spec.Name == "file":
				add("head " + r.shown(filepath.Join(output.Folder, output.Options.Text("path"))))
			}
		}
	}
	for _, f := range s.Flows {
		if asks && f.DeadLetters > 0 {
			add(me + " dead-letter list")
		}
	}
	return list
}

// asksHere says whether those commands would ask the database of this run: it
// is that of the project's folder, and artifacts may run in another one.
func (r *runner) asksHere() bool {
	if len(r.opened.artifacts) == 0 {
		return true
	}
	folder, err := os.Getwd()
	if root := os.Getenv("BUILD_WORKSPACE_DIRECTORY"); root != "" {
		folder = filepath.Join(root, filepath.FromSlash(r.opened.bundle.Package))
	}
	return err == nil && isProject(folder) && r.opened.settings.Folder == folder
}

// shown is a path as it would be typed in the workspace.
func (r *runner) shown(path string) string {
	from := os.Getenv("BUILD_WORKSPACE_DIRECTORY")
	if from == "" {
		var err error
		if from, err = os.Getwd(); err != nil {
			return path
		}
	}
	if short, err := filepath.Rel(from, path); err == nil && filepath.IsLocal(short) {
		return short
	}
	return path
}

// program is how to call this program again: beside a project, in the
// package of its bundle, stands a target for it.
func program(pkg string) string {
	root := os.Getenv("BUILD_WORKSPACE_DIRECTORY")
	if root == "" {
		return "weavster"
	}
	bazel := "bazel"
	if _, err := os.Stat(filepath.Join(root, "tools", "bazel")); err == nil {
		bazel = "tools/bazel"
	}
	return bazel + " run //" + pkg + ":weavster --"
}
