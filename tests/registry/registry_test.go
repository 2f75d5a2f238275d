package registry_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/weavster/weavster/tests/registry"
)

// A client that knows nothing of ours gets along with each kind of registry.
func TestCranePushesAndReads(t *testing.T) {
	crane := registry.Program(t, "WEAVSTER_CRANE")
	for kind, o := range map[string]registry.Options{
		"plain":     {},
		"TLS":       {TLS: true},
		"passwords": {TLS: true, BasicAuth: true},
		"tokens":    {Token: true},
	} {
		t.Run(kind, func(t *testing.T) {
			s := registry.Start(t, o)
			if s.CAFile != "" {
				t.Setenv("SSL_CERT_FILE", s.CAFile)
			}
			s.Login(t, registry.Password)
			folder := filepath.Join(t.TempDir(), "layout")
			index, err := random.Index(1024, 2, 2)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := layout.Write(folder, index); err != nil {
				t.Fatal(err)
			}
			to := s.Host + "/random:1"
			for _, args := range [][]string{{"push", "--index", folder, to}, {"validate", "--remote", to}} {
				if out, err := exec.Command(crane, args...).CombinedOutput(); err != nil {
					t.Fatalf("crane %s: %v\n%s", strings.Join(args, " "), err, out)
				}
			}
		})
	}
}

func TestPasswordsAreAskedFor(t *testing.T) {
	s := registry.Start(t, registry.Options{BasicAuth: true})
	repository, err := name.NewRepository(s.Host + "/x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := remote.List(repository); err == nil || !strings.Contains(err.Error(), "UNAUTHORIZED") {
		t.Errorf("without a password: %v", err)
	}
}
