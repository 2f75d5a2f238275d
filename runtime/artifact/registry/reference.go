package registry

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// Scheme begins the references that lead to a registry.
const Scheme = "oci://"

// A Reference is where an artifact lies: a repository of a registry, or a
// folder with an OCI layout.
type Reference struct {
	Folder     string // of a layout; "" where a registry is meant
	Host       string // with its port, if it has one
	Repository string
	Tag        string // "" if there is none
	Digest     string // "sha256:…"; "" if there is none
}

// ending is a digest behind anything.
var ending = regexp.MustCompile(`^(.+)@(sha256:[0-9a-f]{64})$`)

// Parse reads `oci://host/repository[:tag][@digest]`, or the path of a folder,
// which may have a digest behind it as well.
func Parse(text string) (Reference, error) {
	rest, remote := strings.CutPrefix(text, Scheme)
	switch {
	case text == "":
		return Reference{}, errors.New("a reference is empty: it is oci://host/repository:tag, or the path of a layout folder")
	case remote:
		return parseRemote(text, rest)
	case strings.Contains(text, "://"):
		return Reference{}, fmt.Errorf("%q isn't a reference: those of registries begin with %s", text, Scheme)
	}
	if m := ending.FindStringSubmatch(text); m != nil {
		return Reference{Folder: m[1], Digest: m[2]}, nil
	}
	return Reference{Folder: text}, nil
}

func parseRemote(text, rest string) (Reference, error) {
	host, path, ok := strings.Cut(rest, "/")
	if !ok || host == "" || path == "" {
		return Reference{}, fmt.Errorf("%q isn't a reference: it has to be %shost/repository:tag or %shost/repository@sha256:…", text, Scheme, Scheme)
	}
	r := Reference{Host: host}
	if path, r.Digest, ok = strings.Cut(path, "@"); ok && !ending.MatchString("x@"+r.Digest) {
		return Reference{}, fmt.Errorf("%q: %q isn't a digest: that is sha256: and 64 hexadecimal digits, all of them", text, r.Digest)
	}
	r.Repository, r.Tag, ok = strings.Cut(path, ":")
	if ok && r.Tag == "" {
		return Reference{}, fmt.Errorf("%q ends before its tag", text)
	}
	if _, err := name.NewRegistry(host, name.StrictValidation); err != nil {
		return Reference{}, fmt.Errorf("%q: %q isn't the name of a host: %w", text, host, err)
	}
	if !repositoryForm.MatchString(r.Repository) || len(rest) > 255 {
		return Reference{}, fmt.Errorf("%q: %q can't be a repository: small letters and digits, with `.`, `_`, `-` or `/` between them", text, r.Repository)
	}
	if r.Tag != "" {
		if err := CheckTag(r.Tag); err != nil {
			return Reference{}, fmt.Errorf("%q: %w", text, err)
		}
	}
	return r, nil
}

// These two are the OCI specification's.
var (
	repositoryForm = regexp.MustCompile(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
	tagForm        = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)
)

// CheckTag says whether a text can be a tag.
func CheckTag(tag string) error {
	if !tagForm.MatchString(tag) {
		return fmt.Errorf("%q can't be a tag: letters, digits, `_`, `.` and `-`, at most 128, the first of them no `.` or `-`", tag)
	}
	return nil
}

// Remote says whether a registry is meant.
func (r Reference) Remote() bool { return r.Folder == "" }

// String is the reference as Parse reads it.
func (r Reference) String() string {
	text := r.Folder
	if r.Remote() {
		text = Scheme + r.Host + "/" + r.Repository
	}
	if r.Tag != "" {
		text += ":" + r.Tag
	}
	if r.Digest != "" {
		text += "@" + r.Digest
	}
	return text
}

// Below is a repository inside of this one, without tag and digest.
func (r Reference) Below(name string) Reference {
	return Reference{Host: r.Host, Repository: r.Repository + "/" + name}
}

// Tagged is the same repository with another tag and no digest.
func (r Reference) Tagged(tag string) Reference {
	return Reference{Host: r.Host, Repository: r.Repository, Tag: tag}
}

// Pinned is what the reference led to: it, with a digest.
func (r Reference) Pinned(digest string) Reference {
	r.Digest = digest
	return r
}
