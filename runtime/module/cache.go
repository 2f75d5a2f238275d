package module

import (
	"fmt"
	"os"

	"github.com/tetratelabs/wazero"
)

// openCache opens the folder that keeps machine code. What is in it is run
// unchecked, so nobody else may be able to write there: a folder that is a
// link, is another user's, or is open to others is refused.
func openCache(dir string) (wazero.CompilationCache, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cache of compiled flows: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return nil, fmt.Errorf("cache of compiled flows: %w", err)
	}
	switch {
	case !info.IsDir():
		return nil, fmt.Errorf("cache of compiled flows: %s is not a folder", dir)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("cache of compiled flows: %s is open to other users (mode %04o); it holds code that is run, so make it yours alone: chmod 700", dir, info.Mode().Perm())
	case !ownedByUser(info):
		return nil, fmt.Errorf("cache of compiled flows: %s belongs to another user, and holds code that would be run", dir)
	}
	return wazero.NewCompilationCacheWithDir(dir)
}
