package embedded

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// A home is where a project's server lives, and who runs it.
type home struct {
	folder string
	cache  string // for the library's downloads
	owner  *owner // nil: this process's own user
}

// An owner is the user that Postgres runs as when Weavster is started by
// root: Postgres refuses root.
type owner struct{ uid, gid int }

// shared is the parent of what root's projects keep: /root is closed to
// other users, and paths there would be too long for some of Postgres' files.
const shared = "/var/tmp"

func (h home) path(name string) string { return filepath.Join(h.folder, name) }

func openHome(projectState string) (home, error) {
	absolute, err := filepath.Abs(projectState)
	if err != nil {
		return home{}, err
	}
	if os.Geteuid() != 0 {
		h := home{folder: filepath.Join(absolute, "postgres"), cache: userCache()}
		return h, os.MkdirAll(h.folder, 0o700)
	}
	run, err := unprivileged()
	if err != nil {
		return home{}, err
	}
	base, err := openBase()
	if err != nil {
		return home{}, err
	}
	id, err := identity(absolute)
	if err != nil {
		return home{}, err
	}
	sum := sha256.Sum256([]byte(absolute + "\n" + id))
	h := home{folder: filepath.Join(base, hex.EncodeToString(sum[:6])), cache: filepath.Join(base, "download"), owner: run}
	for _, folder := range []string{h.folder, h.cache} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return home{}, err
		}
		if err := os.Chown(folder, run.uid, run.gid); err != nil {
			return home{}, err
		}
	}
	return h, nil
}

// identity tells a state folder from one that stood in its place before:
// whoever deletes `.weavster` begins anew, though root's data lies elsewhere.
func identity(folder string) (string, error) {
	name := filepath.Join(folder, "id")
	if text, err := os.ReadFile(name); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return string(text), err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	aside, err := os.CreateTemp(folder, "id-")
	if err != nil {
		return "", err
	}
	defer os.Remove(aside.Name())
	_, err = aside.WriteString(rand.Text())
	if err := errors.Join(err, aside.Close()); err != nil {
		return "", err
	}
	// Of two processes that start at once, the first one's counts.
	if err := os.Link(aside.Name(), name); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	text, err := os.ReadFile(name)
	return string(text), err
}

// openBase makes /var/tmp/weavster-0. Anybody can make folders in /var/tmp,
// so one that somebody else made first is refused.
func openBase() (string, error) {
	base := filepath.Join(shared, fmt.Sprintf("weavster-%d", os.Geteuid()))
	if err := os.Mkdir(base, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	info, err := os.Lstat(base)
	if err != nil {
		return "", err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !info.IsDir() || !ok || int(stat.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
		return "", fmt.Errorf("%s isn't a folder of this user's alone; remove it", base)
	}
	return base, os.Chmod(base, 0o755)
}

func userCache() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "weavster", "postgres")
}

// binaries is the folder to run Postgres from: given, if its owner can read
// it there, else a copy; or, where none is given, the one that the library
// downloads into.
func (h home) binaries(given string) (string, error) {
	if given == "" {
		return filepath.Join(h.cache, string(version)), nil
	}
	given, err := filepath.EvalSymlinks(given)
	if err != nil {
		return "", fmt.Errorf("Postgres' binaries: %w", err)
	}
	if _, err := os.Stat(filepath.Join(given, "bin", "pg_ctl")); err != nil {
		return "", fmt.Errorf("Postgres' binaries: %w", err)
	}
	if h.owner == nil {
		return given, nil
	}
	return publish(given, filepath.Dir(h.folder))
}

// publish copies binaries to where any user may read them. The copy's name
// is of the origin and its age, so that new binaries make a new copy.
func publish(from, base string) (string, error) {
	info, err := os.Stat(filepath.Join(from, "bin", "postgres"))
	if err != nil {
		return "", fmt.Errorf("Postgres' binaries: %w", err)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", from, info.Size(), info.ModTime().UnixNano()))
	to := filepath.Join(base, "binaries-"+hex.EncodeToString(sum[:6]))
	if _, err := os.Stat(to); err == nil {
		return to, nil
	}
	aside, err := os.MkdirTemp(base, "copy-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(aside)
	if err := copyTree(from, aside); err != nil {
		return "", fmt.Errorf("can't copy Postgres' binaries: %w", err)
	}
	if err := os.Chmod(aside, 0o755); err != nil {
		return "", err
	}
	if err := os.Rename(aside, to); err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, syscall.ENOTEMPTY) {
		return "", err
	}
	return to, nil
}

// copyTree copies files and what links lead to; build systems hand out trees of links.
func copyTree(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		source, target := filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())
		info, err := os.Stat(source)
		if err != nil {
			return err
		}
		if info.IsDir() {
			if err := os.Mkdir(target, 0o755); err != nil {
				return err
			}
			err = copyTree(source, target)
		} else {
			err = copyFile(source, target, info.Mode().Perm()&0o111|0o444)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string, mode fs.FileMode) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = out.ReadFrom(in)
	return errors.Join(err, out.Chmod(mode), out.Close())
}

// Remove takes away all that the servers of a state folder left, data
// included. No server may run on it.
func Remove(options Options) error {
	h, err := openHome(options.Folder)
	if err != nil {
		return err
	}
	return os.RemoveAll(h.folder)
}
