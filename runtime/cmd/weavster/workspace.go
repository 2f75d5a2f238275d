package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/connectors/all"
	"github.com/weavster/weavster/runtime/bundle"
	"github.com/weavster/weavster/runtime/project"
	"github.com/weavster/weavster/runtime/store"
)

// A workspace is which project the command line means.
type workspace struct {
	project, bundle, profile string
	vars                     []string
	started                  string // the folder that paths which a rule has written start from
}

// stateFolder is where a project's state lies, from its folder.
const stateFolder = ".weavster"

// profileVariable names the profile where --profile doesn't.
const profileVariable = "WEAVSTER_PROFILE"

// folder is where the project, or the workspace that a bundle is from, lies.
func (w *workspace) folder() (string, error) {
	if w.project != "" {
		return filepath.Abs(w.project)
	}
	// Bazel's `run` starts programs elsewhere and says where the user is.
	user, root := os.Getenv("BUILD_WORKING_DIRECTORY"), os.Getenv("BUILD_WORKSPACE_DIRECTORY")
	if w.bundle == "" && user != "" && isProject(user) {
		return user, nil
	}
	if root != "" {
		return root, nil
	}
	return os.Getwd()
}

func isProject(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, project.MainFile))
	return err == nil
}

// An opened is a project with its settings; the bundle is nil where there is none.
type opened struct {
	settings project.Settings
	bundle   *bundle.Bundle
	engine   *minijinja.Engine

	artifacts []*obtained // those that it is made of
	unpacked  string      // the folder that they are in, to be removed; or ""
}

func (o *opened) close(ctx context.Context) error {
	err := o.engine.Close(context.WithoutCancel(ctx))
	if o.unpacked != "" {
		err = errors.Join(err, os.RemoveAll(o.unpacked))
	}
	return err
}

// stateFolder is where the project keeps its state.
func (o *opened) stateFolder() string { return filepath.Join(o.settings.Folder, stateFolder) }

func (w *workspace) open(ctx context.Context) (*opened, error) {
	folder, err := w.folder()
	if err != nil {
		return nil, err
	}
	o := &opened{}
	switch {
	case w.bundle != "":
		if o.bundle, err = bundle.Open(w.bundle); err != nil {
			return nil, err
		}
		o.settings = o.bundle.Settings(folder)
	case isProject(folder):
		o.settings = project.Settings{Files: os.DirFS(folder), Folder: folder}
	default:
		return nil, fmt.Errorf("there is no %s in %s; --project names the project's folder", project.MainFile, folder)
	}
	return o, w.equip(ctx, o)
}

// equip adds to the settings what comes from the command line and the environment.
func (w *workspace) equip(ctx context.Context, o *opened) (err error) {
	if o.settings.Vars, err = variables(w.vars); err != nil {
		return err
	}
	if o.settings.Profile = w.profile; w.profile == "" {
		if o.settings.Profile = os.Getenv(profileVariable); o.settings.Profile != "" {
			o.settings.ProfileFrom = profileVariable
		}
	}
	o.settings.Env = os.LookupEnv
	o.settings.Secrets = os.Getenv("WEAVSTER_SECRETS")
	o.settings.Kinds = all.Specs()
	if o.engine, err = minijinja.New(ctx, minijinja.Options{CacheDir: cacheFolder()}); err != nil {
		return err
	}
	o.settings.Engine = o.engine
	return nil
}

func variables(given []string) (map[string]string, error) {
	vars := map[string]string{}
	for _, one := range given {
		name, value, ok := strings.Cut(one, "=")
		if !ok || name == "" {
			return nil, usageError{fmt.Errorf("--vars %q has to be name=value", one)}
		}
		vars[name] = value
	}
	return vars, nil
}

// load reads the project; its warnings are not shown, as a build shows them.
func (o *opened) load(ctx context.Context) (*project.Project, error) {
	var diags source.Diagnostics
	p := project.Load(ctx, o.settings, &diags)
	return p, diags.Err()
}

// database opens the project's database for a command that only asks.
func (w *workspace) database(ctx context.Context) (p *project.Project, s *store.Store, err error) {
	o, err := w.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, o.close(ctx)) }()
	if p, err = o.load(ctx); err != nil {
		return nil, nil, err
	}
	s, err = o.store(ctx, p)
	return p, s, err
}

func (o *opened) store(ctx context.Context, p *project.Project) (*store.Store, error) {
	return store.Open(ctx, store.Options{Database: p.Runtime.Database.Reveal(), Folder: o.stateFolder(), Project: p.Name, Schema: p.Runtime.Schema})
}
