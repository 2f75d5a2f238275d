package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/artifact/registry"
)

// registryFlags are how registries are reached.
type registryFlags struct {
	authorities string
	plain       bool
	noCache     bool
}

func (f *registryFlags) add(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.authorities, "ca-file", "", "a `file` of certificates, in PEM, of authorities that registries are trusted by beside the system's")
	flags.BoolVar(&f.plain, "insecure-registry", false, "speak plain http, without passwords, to the registry that is named")
}

// addCache is for commands that fetch.
func (f *registryFlags) addCache(command *cobra.Command) {
	command.Flags().BoolVar(&f.noCache, "no-cache", false, "fetch everything, and keep nothing of it for the next time")
}

// client speaks to registries; the caller closes it. Its cache is the user's,
// or, where there is no home, its own.
func (f *registryFlags) client(report func(registry.Status)) (*registry.Client, error) {
	cache, err := registry.CacheFolder()
	if err != nil || f.noCache {
		cache = ""
	}
	return registry.New(registry.Options{
		CAFile:    f.authorities,
		PlainHTTP: f.plain,
		Cache:     cache,
		UserAgent: "weavster/" + contract.Version,
		Report:    report,
	})
}

const (
	drawEvery = 200 * time.Millisecond // on a terminal
	sayEvery  = 5 * time.Second        // elsewhere
)

// A transferLine shows how far a transfer is: as a line that is written over
// on a terminal, as a line now and then elsewhere.
type transferLine struct {
	out      io.Writer
	terminal bool

	mu    sync.Mutex
	next  time.Time
	drawn bool
}

func newTransferLine(out io.Writer) *transferLine {
	l := &transferLine{out: out, terminal: isTerminal(out)}
	l.next = time.Now().Add(l.every())
	return l
}

func (l *transferLine) every() time.Duration {
	if l.terminal {
		return drawEvery
	}
	return sayEvery
}

func (l *transferLine) report(s registry.Status) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if s.Done == s.Blobs {
		l.clear() // what is said next isn't to stand behind it
		return
	}
	if now.Before(l.next) {
		return
	}
	l.next = now.Add(l.every())
	text := fmt.Sprintf("%d of %d blobs, %s of %s", s.Done, s.Blobs, bytesText(s.Moved), bytesText(s.Bytes))
	if l.terminal {
		fmt.Fprint(l.out, "\r\x1b[K"+text)
		l.drawn = true
	} else {
		fmt.Fprintln(l.out, text)
	}
}

// clear makes room. The caller holds the lock.
func (l *transferLine) clear() {
	if l.drawn {
		fmt.Fprint(l.out, "\r\x1b[K")
		l.drawn = false
	}
}

// end makes room after a transfer that may have failed on its way.
func (l *transferLine) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clear()
}

// parseReference is a reference to an artifact that is to be read. A folder has
// to be there: who forgets oci:// means none.
func parseReference(text string) (registry.Reference, error) {
	ref, err := registry.Parse(text)
	if err == nil && !ref.Remote() && !exists(ref.Folder) {
		err = fmt.Errorf("there is no folder %q: an artifact is oci://host/repository:tag, or the path of a layout folder", ref.Folder)
		if meant, e := registry.Parse(registry.Scheme + text); e == nil && strings.ContainsAny(text, ":@") {
			err = fmt.Errorf("there is no folder %q; what lies in a registry begins with oci://: %s", ref.Folder, meant)
		} else if !strings.ContainsAny(text, "/:.") {
			err = fmt.Errorf("%w; --flow names a flow", err)
		}
	}
	if err != nil {
		return registry.Reference{}, usageError{err}
	}
	return ref, nil
}

// parseRemote is a reference to a registry, with or without oci:// before it:
// where only one of them can be meant, it needn't be said.
func parseRemote(text string) (registry.Reference, error) {
	if !strings.Contains(text, "://") {
		text = registry.Scheme + text
	}
	ref, err := registry.Parse(text)
	if err != nil {
		return registry.Reference{}, usageError{err}
	}
	return ref, nil
}

// firstSet is the first value that says something.
func firstSet(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
