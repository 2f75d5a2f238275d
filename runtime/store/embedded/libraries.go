package embedded

import (
	"errors"
	"path/filepath"
	"runtime"
)

// loaders start programs that are linked to a C library: glibc's, and musl's.
var loaders = []string{"lib*/ld-linux*.so*", "lib/*/ld-linux*.so*", "lib*/ld-musl-*.so*"}

// checkLibraries says that Postgres can't run where there is no C library: in
// an image with nothing but Weavster in it, above all. Without this check the
// library would download binaries, and then say that one wasn't found.
func checkLibraries(root string) error {
	if runtime.GOOS != "linux" {
		return nil
	}
	for _, pattern := range loaders {
		if found, err := filepath.Glob(filepath.Join(root, pattern)); err != nil || len(found) > 0 {
			return err
		}
	}
	return errors.New("runtime.database is embedded, and the embedded Postgres can't run here: there is no C library, as in Weavster's own image; " +
		"give runtime.database the URL of a Postgres, postgres://user:password@host:5432/database")
}
