package jinja

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
)

// calls answers the functions of one rendering, and notes what it was asked.
type calls struct {
	renderer *Renderer
	ctx      context.Context
	unknown  bool
	hidden   bool
	asked    []string
	code     source.Code // of the error that a function answered
	hint     string
}

// standIn is given for a value that isn't known yet.
const standIn = "unknown"

func (c *calls) fail(code source.Code, hint, format string, args ...any) error {
	c.code, c.hint = code, hint
	return fmt.Errorf(format, args...)
}

// arguments takes name and, where there is one, default.
func (c *calls) arguments(call minijinja.FuncCall, defaults bool) (name string, fallback json.RawMessage, err error) {
	args := call.Args
	for key, value := range call.Kwargs {
		if key != "default" || !defaults || len(args) != 1 {
			return "", nil, c.fail(source.BadArguments, "", "%s() takes no argument %q", call.Name, key)
		}
		args = append(args, value)
	}
	most, takes := 1, "a name"
	if defaults {
		most, takes = 2, "a name and a default"
	}
	if len(args) < 1 || len(args) > most || json.Unmarshal(args[0], &name) != nil || name == "" {
		return "", nil, c.fail(source.BadArguments, "", "%s() takes %s, the name in quotes", call.Name, takes)
	}
	if len(args) == 2 {
		fallback = args[1]
	}
	c.asked = append(c.asked, call.Name+" "+name)
	return name, fallback, nil
}

func (c *calls) envVar(call minijinja.FuncCall) (any, error) {
	name, fallback, err := c.arguments(call, true)
	if err != nil {
		return nil, err
	}
	if c.renderer.Env == nil {
		c.unknown = true
		return standIn, nil
	}
	if value, set := c.renderer.Env(name); set {
		return value, nil
	}
	if fallback != nil {
		return fallback, nil
	}
	return nil, c.fail(source.BadEnvironment, fmt.Sprintf("set it, or give a default: env_var('%s', '…')", name),
		"the environment variable %s isn't set", name)
}

func (c *calls) variable(call minijinja.FuncCall) (any, error) {
	name, fallback, err := c.arguments(call, true)
	if err != nil {
		return nil, err
	}
	if c.renderer.Var == nil {
		return nil, c.fail(source.BadTemplate, "", "var() isn't to be had here: a variable's value can't ask for another's")
	}
	value, err := c.renderer.Var(c.ctx, name)
	if err != nil {
		return nil, c.fail(source.BadEnvironment, "", "the variable %q: %w", name, err)
	}
	switch {
	case value != nil && value.Unknown:
		c.unknown = true
		return standIn, nil
	case value != nil:
		return value.JSON, nil
	case fallback != nil:
		return fallback, nil
	}
	hint := fmt.Sprintf("add it to vars in weavster.yaml, or give a default: var('%s', …)", name)
	if near, ok := source.Nearest(name, c.renderer.Vars); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return nil, c.fail(source.UnknownName, hint, "no variable %q", name)
}

func (c *calls) secret(call minijinja.FuncCall) (any, error) {
	name, _, err := c.arguments(call, false)
	if err != nil {
		return nil, err
	}
	if !secretName.MatchString(name) {
		return nil, c.fail(source.BadArguments, "", "%q isn't a secret's name", name)
	}
	if c.renderer.HideSecrets {
		return "***", nil
	}
	if c.renderer.Env == nil {
		c.unknown = true
		return standIn, nil
	}
	value, err := c.renderer.readSecret(name)
	if err != nil {
		where := "set the environment variable " + name
		if c.renderer.Secrets != "" {
			where = fmt.Sprintf("put it into the file %s, or %s", filepath.Join(c.renderer.Secrets, name), where)
		}
		return nil, c.fail(source.BadEnvironment, where, "the secret %q %w", name, err)
	}
	c.hidden = true
	c.renderer.vault.add(value)
	return value, nil
}

// secretName leaves no way out of the folder.
var secretName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// readSecret looks for a file, then for an environment variable. The line end
// that editors leave at a file's end isn't part of the secret.
func (r *Renderer) readSecret(name string) (string, error) {
	if r.Secrets != "" {
		text, err := os.ReadFile(filepath.Join(r.Secrets, name))
		if err == nil {
			return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("can't be read: %w", err)
		}
	}
	if value, set := r.Env(name); set {
		return value, nil
	}
	return "", errors.New("isn't there")
}

// A vault remembers the secrets that were read, to keep them out of messages.
type vault struct {
	mu     sync.Mutex
	values []string
}

func (v *vault) add(secret string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	// Messages quote texts: a secret with a backslash or quote looks different there.
	quoted := strings.Trim(fmt.Sprintf("%q", secret), `"`)
	for _, form := range []string{secret, quoted} {
		if form != "" && !slices.Contains(v.values, form) {
			v.values = append(v.values, form)
		}
	}
	// The longest first: one secret may be a part of another.
	slices.SortStableFunc(v.values, func(a, b string) int { return len(b) - len(a) })
}

func (v *vault) redact(text string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, secret := range v.values {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}
