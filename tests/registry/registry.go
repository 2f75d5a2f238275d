// Package registry gives tests a real OCI registry, the Distribution project's,
// as a process of its own over loopback: plain, with TLS, or with passwords.
package registry

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/weavster/weavster/tests/authority"
	"github.com/weavster/weavster/tools/runfile"
)

// The user whom a registry with passwords knows.
const (
	User     = "ada"
	Password = "s3cret"
	// The password's bcrypt.
	passwords = "ada:$2a$04$PcoNrdUc833lNc95iZ2WRu8Sx.prNuIqY9MvxjX2rSaRNx.jt1/4W\n"
)

// Options are what kind of registry is started.
type Options struct {
	TLS       bool // with a certificate of an authority that only CAFile knows
	BasicAuth bool // for User with Password alone
	Token     bool // as BasicAuth, but with tokens from a server of their own
}

// A Server is a registry that runs until its test ends.
type Server struct {
	Host   string // with the port; its name is localhost, which the certificate is for
	CAFile string // of the authority; "" without TLS
	Folder string // where blobs lie
	Log    *Log
}

// Program is the path of a program of @oci_tools, by its variable, such as
// WEAVSTER_REGISTRY. Outside of Bazel, where the variable isn't set, the test
// is skipped.
func Program(t testing.TB, variable string) string {
	t.Helper()
	return runfile.NeedOrSkip(t, variable)
}

// Start runs a registry for the test.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	program := Program(t, "WEAVSTER_REGISTRY")
	folder := t.TempDir()
	s := &Server{Folder: filepath.Join(folder, "data"), Log: &Log{}}
	config := filepath.Join(folder, "config.yml")
	write(t, config, s.config(t, folder, o))
	command := exec.Command(program, "serve", config)
	// Nothing of the user's settings: OTEL_* would have it look for a collector.
	command.Env = []string{"OTEL_TRACES_EXPORTER=none", "HOME=" + folder}
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	listening := make(chan string, 1)
	read := make(chan struct{})
	go func() {
		defer close(read)
		s.Log.follow(out, listening)
	}()
	t.Cleanup(func() {
		command.Process.Kill()
		<-read
		command.Wait()
		if t.Failed() {
			t.Logf("the registry's log:\n%s", s.Log)
		}
	})
	select {
	case port := <-listening:
		s.Host = "localhost:" + port
	case <-read:
		t.Fatalf("the registry ended:\n%s", s.Log)
	case <-time.After(30 * time.Second):
		t.Fatalf("the registry doesn't listen:\n%s", s.Log)
	}
	return s
}

func (s *Server) config(t testing.TB, folder string, o Options) string {
	t.Helper()
	config := fmt.Sprintf("version: 0.1\nlog: {level: info}\nstorage:\n  filesystem: {rootdirectory: %q}\n  delete: {enabled: true}\n  maintenance: {uploadpurging: {enabled: false}}\nhttp:\n  addr: 127.0.0.1:0\n", s.Folder)
	if o.TLS {
		a, err := authority.New()
		if err != nil {
			t.Fatal(err)
		}
		server, err := a.Sign("localhost")
		if err != nil {
			t.Fatal(err)
		}
		s.CAFile = filepath.Join(folder, "ca.pem")
		certificate, key := filepath.Join(folder, "server.pem"), filepath.Join(folder, "server.key")
		write(t, s.CAFile, a.Certificate)
		write(t, certificate, server.Certificate)
		write(t, key, server.Key)
		config += fmt.Sprintf("  tls: {certificate: %q, key: %q}\n", certificate, key)
	}
	switch {
	case o.BasicAuth:
		file := filepath.Join(folder, "htpasswd")
		write(t, file, passwords)
		config += fmt.Sprintf("auth:\n  htpasswd: {realm: tests, path: %q}\n", file)
	case o.Token:
		config += tokenServer(t, folder)
	}
	return config
}

// Login makes Docker's configuration, with a password for the registry, and has
// the test's process and those it starts use it. It gives the folder.
func (s *Server) Login(t *testing.T, password string) string {
	t.Helper()
	folder := t.TempDir()
	auth := base64.StdEncoding.EncodeToString([]byte(User + ":" + password))
	text, err := json.Marshal(map[string]any{"auths": map[string]any{s.Host: map[string]string{"auth": auth}}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "config.json"), string(text))
	UseDockerConfig(t, folder)
	return folder
}

// UseDockerConfig has the test's process and those it starts take credentials
// from a folder's config.json and nowhere else.
func UseDockerConfig(t *testing.T, folder string) {
	t.Helper()
	t.Setenv("DOCKER_CONFIG", folder)
	// The library prefers a configuration in the home to that of the variable.
	t.Setenv("HOME", folder)
	t.Setenv("XDG_RUNTIME_DIR", "")
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("REGISTRY_AUTH_FILE", "")
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A Log is what a registry wrote, requests among it.
type Log struct {
	mu   sync.Mutex
	text strings.Builder
}

var listens = regexp.MustCompile(`listening on 127\.0\.0\.1:(\d+)`)

func (l *Log) follow(in io.Reader, listening chan<- string) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		l.mu.Lock()
		l.text.WriteString(lines.Text() + "\n")
		l.mu.Unlock()
		if m := listens.FindStringSubmatch(lines.Text()); m != nil {
			listening <- m[1]
		}
	}
}

// String is all of it up to now.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
