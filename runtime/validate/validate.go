// Package validate checks a project as a whole, before it is run.
package validate

import (
	"context"
	"io/fs"
	"path"
	"slices"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/project"
)

// Project holds a project, under each of its profiles and without any, against
// all of its flows. Settings.Profile is not looked at. It gives the project
// without a profile, or nil where there is none, and what the flows have of it:
// see project.Check. Where there are errors, in diags before or found here,
// nothing is called unused: it may be what was meant.
func Project(ctx context.Context, s project.Settings, flows []*project.Flow, diags *source.Diagnostics) (*project.Project, []*project.Resolved) {
	s.Profile = ""
	var first source.Diagnostics
	p := project.Load(ctx, s, &first)
	if p == nil {
		diags.Append(&first)
		return nil, nil
	}
	resolved := p.Check(ctx, flows, &first)
	warnOfSecrets(s, diags)
	runs := [][]source.Diagnostic{first.Sorted()}
	for _, profile := range p.Profiles {
		s.Profile = profile
		var more source.Diagnostics
		project.Load(ctx, s, &more).Check(ctx, flows, &more)
		runs = append(runs, more.Sorted())
	}
	failed := diags.Failed() || slices.ContainsFunc(runs, func(run []source.Diagnostic) bool {
		return slices.ContainsFunc(run, func(one source.Diagnostic) bool { return one.Severity == source.Error })
	})
	for _, run := range runs {
		for _, one := range run {
			if one.Code != source.Unused || !failed && inAll(runs, one) {
				diags.Add(one)
			}
		}
	}
	return p, resolved
}

// warnOfSecrets says early what would keep the project from being published.
func warnOfSecrets(s project.Settings, diags *source.Diagnostics) {
	names, _ := fs.Glob(s.Files, project.ConnectorsFolder+"/*.yaml")
	for _, name := range append(names, project.MainFile, project.ProfilesFile) {
		text, err := fs.ReadFile(s.Files, name)
		if err != nil {
			continue
		}
		var found source.Diagnostics
		project.CheckSecrets(source.NewFile(path.Join(s.Prefix, name), text), &found)
		for _, one := range found.Sorted() {
			one.Severity = source.Warning
			diags.Add(one)
		}
	}
}

// inAll says whether something is unused under every profile. Each run has
// files of its own, so places are compared.
func inAll(runs [][]source.Diagnostic, one source.Diagnostic) bool {
	return !slices.ContainsFunc(runs, func(run []source.Diagnostic) bool {
		return !slices.ContainsFunc(run, func(other source.Diagnostic) bool {
			return other.Code == one.Code && other.File.Name == one.File.Name && other.Span == one.Span
		})
	})
}
