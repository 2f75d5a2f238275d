// Package project reads a project's configuration: weavster.yaml, profiles,
// connectors and macros, and answers what flows need from it.
package project

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/jinja"
)

// The names of a project's files, from its folder.
const (
	MainFile         = "weavster.yaml"
	ProfilesFile     = "profiles.yaml"
	ConnectorsFolder = "connectors"
	MacrosFolder     = "macros"
	// DefaultProfile is used, where there is one of that name, when none is asked for.
	DefaultProfile = "default"
)

// Settings are what a project is read with.
type Settings struct {
	// Files is the project's folder, or a bundle.
	Files fs.FS
	// Prefix is put before names of files that are shown: `examples/orders`.
	Prefix string
	// Folder is where relative paths of data start, and Data, which may be
	// "", where they are looked for next: the `data` folder of a bundle.
	// Where both are the same, the workspace isn't known, and may have what
	// isn't there.
	Folder, Data string
	Profile      string            // "" is DefaultProfile
	ProfileFrom  string            // the environment variable that names it, or ""
	Vars         map[string]string // from the command line; they win
	// Env looks environment variables up. Where it is nil the environment
	// isn't known, and what depends on it is checked for syntax alone.
	Env     func(name string) (string, bool)
	Secrets string // the folder of secrets, or ""
	// HideSecrets gives *** for every secret, and reads none.
	HideSecrets bool
	Engine      *minijinja.Engine
	Kinds       []*connectors.Spec
	// Flows are all that the project has. Where they are known, a variable of
	// the command line has to be one that they, or the project, know.
	Flows []*Flow
}

// A Project is the configuration that a profile resolves to. Connectors,
// variables and tables are rendered when they are asked for: an environment
// variable that only another flow's connector needs may be unset.
type Project struct {
	Name, Version, Profile string
	Runtime                Runtime
	Profiles               []string // all that there are

	settings   Settings
	main       *source.File
	root       *syntax.Node // of it
	runtime    *syntax.Node
	renderer   *jinja.Renderer
	vars       map[string]*syntax.Entry
	connectors map[string]*syntax.Entry
	unread     map[string]bool // connectors that have an error, and names of files that have one
	tables     map[string]*syntax.Entry
	asked      map[string]bool // the variables that anything asked for
}

// Load reads a project. It is nil where there is none; other errors leave one
// whose remaining parts can be checked.
func Load(ctx context.Context, s Settings, diags *source.Diagnostics) *Project {
	p := &Project{Profile: s.Profile, settings: s, asked: map[string]bool{}}
	if p.Profile == "" {
		p.Profile = DefaultProfile
	}
	root := p.read(MainFile, diags)
	if root == nil {
		return nil
	}
	p.main, p.root = root.File, root
	main := ProjectOptions.Decode(root, "weavster.yaml", diags)
	profile := p.profile(diags)
	p.vars = index(main.Get("vars"))
	maps.Copy(p.vars, index(profile.Get("vars")))
	maps.Copy(p.vars, p.commandLine(diags))
	p.tables = index(main.Get("tables"))
	p.readConnectors(diags)
	p.override(profile.Get("connectors"), diags)

	p.renderer = jinja.New(jinja.Settings{
		Engine: s.Engine, Profile: p.Profile, Env: s.Env, Secrets: s.Secrets, HideSecrets: s.HideSecrets,
		Var: p.templateVar, Vars: slices.Sorted(maps.Keys(p.vars)), Macros: p.readMacros(ctx, diags),
	})
	p.Name, p.Version = p.text(ctx, main.Get("name"), diags), p.text(ctx, main.Get("version"), diags)
	if n := main.Get("name"); n != nil && p.Name == "" {
		n.Errorf(diags, source.BadValue, "the project's name is empty")
	}
	p.runtime = merge(main.Get("runtime"), profile.Get("runtime"))
	p.render(ctx, p.runtime, diags, func(n *syntax.Node, _ bool, diags *source.Diagnostics) {
		p.Runtime = decodeRuntime(n, diags)
	})
	return p
}

// read parses one file; a missing one is an error.
func (p *Project) read(name string, diags *source.Diagnostics) *syntax.Node {
	file := p.file(name, diags)
	if file == nil {
		return nil
	}
	return syntax.Parse(file, diags)
}

func (p *Project) file(name string, diags *source.Diagnostics) *source.File {
	text, err := fs.ReadFile(p.settings.Files, name)
	if errors.Is(err, fs.ErrNotExist) {
		one := diags.Errorf(nil, source.Span{}, source.MissingKey, "there is no %s", p.shown(name))
		if name == MainFile {
			one.Hintf("a project's folder has one; `name: …` is all that it needs")
		}
		return nil
	} else if err != nil {
		diags.Errorf(nil, source.Span{}, source.BadEncoding, "%s can't be read: %v", p.shown(name), err)
		return nil
	}
	return source.NewFile(p.shown(name), text)
}

func (p *Project) shown(name string) string { return path.Join(p.settings.Prefix, name) }

// profile reads all profiles, and gives the fields of the one that was chosen.
func (p *Project) profile(diags *source.Diagnostics) *syntax.Fields {
	none := ProfileOptions.Decode(nil, "", diags)
	if _, err := fs.Stat(p.settings.Files, ProfilesFile); err != nil {
		if p.settings.Profile != "" {
			diags.Errorf(nil, source.Span{}, source.UnknownName, "no profile %q%s: there is no %s", p.Profile, p.whose(), p.shown(ProfilesFile))
		}
		return none
	}
	root := p.read(ProfilesFile, diags)
	if root == nil || root.Kind == syntax.Null {
		return none
	}
	if root.Kind != syntax.Map {
		root.Errorf(diags, source.WrongType, "%s has to be a mapping of profiles, not %s", ProfilesFile, root.Kind)
		return none
	}
	chosen := none
	for _, e := range root.Entries {
		if e.Value.Kind == syntax.Null {
			e.Value.Kind = syntax.Map // `dev:` is a profile that changes nothing
		}
		fields := ProfileOptions.Decode(e.Value, "profile "+e.Key.Text, diags)
		p.Profiles = append(p.Profiles, e.Key.Text)
		if e.Key.Text == p.Profile {
			chosen = fields
		}
	}
	if p.settings.Profile != "" && !slices.Contains(p.Profiles, p.Profile) {
		diags.Errorf(root.File, source.At(0), source.UnknownName, "no profile %q%s", p.Profile, p.whose()).
			DidYouMean(p.Profile, p.Profiles).Hintf("there is %s", strings.Join(p.Profiles, ", "))
	}
	return chosen
}

// whose says who asked for the profile, where it wasn't the command line.
func (p *Project) whose() string {
	if p.settings.ProfileFrom == "" {
		return ""
	}
	return ", which " + p.settings.ProfileFrom + " asks for"
}

var plainName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,62}$`)

// files are the names of a folder's files of one ending; other endings that
// people use for it are reported.
func (p *Project) files(folder, ending, other string, diags *source.Diagnostics) []string {
	entries, err := fs.ReadDir(p.settings.Files, folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		diags.Errorf(nil, source.Span{}, source.BadEncoding, "%s can't be read: %v", p.shown(folder), err)
	}
	var names []string
	for _, e := range entries {
		name := path.Join(folder, e.Name())
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		switch path.Ext(name) {
		case ending:
			names = append(names, name)
		case other:
			diags.Errorf(nil, source.Span{}, source.BadValue, "%s isn't read: its name has to end in %s", p.shown(name), ending)
		}
	}
	return names
}

func (p *Project) readMacros(ctx context.Context, diags *source.Diagnostics) *minijinja.Macros {
	files := map[string]*source.File{}
	for _, name := range p.files(MacrosFolder, ".jinja", ".j2", diags) {
		if file := p.file(name, diags); file != nil {
			files[path.Base(name)] = file
		}
	}
	macros, err := p.settings.Engine.ReadMacros(ctx, files, jinja.Functions, diags)
	if err != nil {
		diags.Errorf(nil, source.Span{}, source.BadTemplate, "the macros can't be read: %v", err)
	}
	return macros
}

// text renders one scalar, or gives "" where it is absent.
func (p *Project) text(ctx context.Context, n *syntax.Node, diags *source.Diagnostics) (text string) {
	if n != nil {
		p.render(ctx, n, diags, func(n *syntax.Node, _ bool, _ *source.Diagnostics) { text = n.Text })
	}
	return text
}

// A check looks at a rendered tree. It is whole where no value depends on an
// environment that isn't known.
type check func(n *syntax.Node, whole bool, diags *source.Diagnostics)

// render gives a rendered tree to a check, and passes on what that reports,
// without secrets and without what it says about values that aren't known.
func (p *Project) render(ctx context.Context, n *syntax.Node, diags *source.Diagnostics, look check) {
	p.renderBy(ctx, p.renderer, n, diags, look)
}

func (p *Project) renderBy(ctx context.Context, r *jinja.Renderer, n *syntax.Node, diags *source.Diagnostics, look check) {
	rendered, unknown := r.Node(ctx, n, diags)
	var found source.Diagnostics
	look(rendered, len(unknown) == 0, &found)
	for _, one := range found.Sorted() {
		if slices.ContainsFunc(unknown, func(n *syntax.Node) bool { return n.File == one.File && n.Span == one.Span }) {
			continue
		}
		one.Message, one.Hint = r.Redact(one.Message), r.Redact(one.Hint)
		diags.Add(one)
	}
}

// index is a mapping's entries by key.
func index(n *syntax.Node) map[string]*syntax.Entry {
	entries := map[string]*syntax.Entry{}
	if n != nil {
		for i := range n.Entries {
			entries[n.Entries[i].Key.Text] = &n.Entries[i]
		}
	}
	return entries
}

// merge lays a mapping over another: its values win, mappings within are
// merged in turn. Either may be nil.
func merge(base, over *syntax.Node) *syntax.Node {
	if base == nil || over == nil || base.Kind != syntax.Map || over.Kind != syntax.Map {
		if over != nil {
			return over
		}
		return base
	}
	merged := *base
	merged.Entries = slices.Clone(base.Entries)
	for _, e := range over.Entries {
		i := slices.IndexFunc(merged.Entries, func(old syntax.Entry) bool { return old.Key.Text == e.Key.Text })
		if i < 0 {
			merged.Entries = append(merged.Entries, e)
			continue
		}
		merged.Entries[i] = syntax.Entry{Key: e.Key, Value: merge(merged.Entries[i].Value, e.Value)}
	}
	return &merged
}
