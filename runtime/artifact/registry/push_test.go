package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	servers "github.com/weavster/weavster/tests/registry"
)

// project is a project of so many flows, as uploads: its own image, which has
// the layers of all of them, first.
func project(t testing.TB, host string, flows int) []Upload {
	t.Helper()
	to := reference(t, "oci://%s/shop", host)
	var all []string
	var uploads []Upload
	for i := range flows {
		name := fmt.Sprintf("flow%d", i)
		layer := strings.Repeat(name, 1000)
		all = append(all, layer)
		uploads = append(uploads, Upload{Index: index(t, layer), To: to.Below(name), Tags: []string{"1"}})
	}
	return append([]Upload{{Index: index(t, append([]string{"configuration"}, all...)...), To: to, Tags: []string{"1"}}}, uploads...)
}

func sum(pushed []Pushed) (s Pushed) {
	for _, p := range pushed {
		s.Uploaded += p.Uploaded
		s.Mounted += p.Mounted
		s.Present += p.Present
	}
	return s
}

// A layer goes over the network once, however many repositories want it, and a
// second push sends nothing.
func TestSixteenFlowsAtOnce(t *testing.T) {
	const flows = 16
	for kind, o := range map[string]servers.Options{"plain": {}, "tokens": {Token: true}} {
		t.Run(kind, func(t *testing.T) {
			s := servers.Start(t, o)
			s.Login(t, servers.Password)
			uploads := project(t, s.Host, flows)
			var last atomic.Pointer[Status]
			c := newClient(t, Options{Report: func(s Status) { last.Store(&s) }})
			pushed, err := c.Push(t.Context(), uploads...)
			if err != nil {
				t.Fatal(err)
			}
			// Each image has two configurations of its own.
			if got, want := sum(pushed), (Pushed{Uploaded: 1 + flows + 2*(flows+1), Mounted: flows}); got.Uploaded != want.Uploaded || got.Mounted != want.Mounted || got.Present != 0 {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if got := *last.Load(); got.Done != got.Blobs || got.Moved != got.Bytes || got.Blobs != 1+flows+2*(flows+1) {
				t.Errorf("the last report: %+v", got)
			}
			for _, u := range uploads {
				got, err := c.Pull(t.Context(), u.To.Tagged("1"))
				if err != nil || digestOf(t, got) != digestOf(t, u.Index) {
					t.Errorf("%s: %v", u.To, err)
				}
			}
			requests := strings.Count(s.Log.String(), `method=PATCH`) + strings.Count(s.Log.String(), `method=PUT`)
			again, err := newClient(t, Options{}).Push(t.Context(), uploads...)
			if err != nil {
				t.Fatal(err)
			}
			if got := sum(again); got.Uploaded+got.Mounted > 0 || got.Present != sum(pushed).Uploaded+sum(pushed).Mounted {
				t.Errorf("the second push: %+v", got)
			}
			if now := strings.Count(s.Log.String(), `method=PATCH`) + strings.Count(s.Log.String(), `method=PUT`); now != requests {
				t.Errorf("the second push wrote %d times", now-requests)
			}
		})
	}
}

// A change of one flow sends its layer, and what lists it.
func TestOnlyWhatChangedIsSent(t *testing.T) {
	s := servers.Start(t, servers.Options{})
	c := newClient(t, Options{})
	to := reference(t, "oci://%s/shop", s.Host)
	if _, err := c.Push(t.Context(), Upload{Index: index(t, "a", "b", "c"), To: to, Tags: []string{"1"}}); err != nil {
		t.Fatal(err)
	}
	pushed, err := c.Push(t.Context(), Upload{Index: index(t, "a", "b", "changed"), To: to, Tags: []string{"1", "2"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := pushed[0]; got.Uploaded != 3 || got.Present != 2 {
		t.Errorf("got %+v", got)
	}
	for _, tag := range []string{"1", "2"} {
		if d, err := c.Resolve(t.Context(), to.Tagged(tag)); err != nil || d.Digest.String() != pushed[0].Reference.Digest {
			t.Errorf("tag %s: %v, %v", tag, d.Digest, err)
		}
	}
}

// What arrived before an interruption needn't be sent again, and nobody sees
// the half of it.
func TestInterruptedPushGoesOn(t *testing.T) {
	h := newHostile(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var committed atomic.Int64
	h.set(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/uploads/") && committed.Add(1) == 12 {
			cancel()
		}
		return false
	})
	uploads := project(t, h.host(), 8)
	if _, err := newClient(t, Options{}).Push(ctx, uploads...); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if n := h.saw("PUT /v2/shop/manifests/"); n > 0 {
		t.Errorf("%d manifests were written before their blobs", n)
	}
	h.set(nil)
	pushed, err := newClient(t, Options{}).Push(t.Context(), uploads...)
	if err != nil {
		t.Fatal(err)
	}
	if got := sum(pushed); got.Present < 8 || got.Uploaded+got.Present != 1+8+2*9 {
		t.Errorf("the second push: %+v", got)
	}
	if got, err := newClient(t, Options{}).Pull(t.Context(), uploads[0].To.Tagged("1")); err != nil || digestOf(t, got) != digestOf(t, uploads[0].Index) {
		t.Errorf("afterwards: %v", err)
	}
}

// Tags lead to what is there in whole.
func TestTagsComeLast(t *testing.T) {
	h := newHostile(t)
	uploads := project(t, h.host(), 3)
	if _, err := newClient(t, Options{}).Push(t.Context(), uploads...); err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if last := h.seen[len(h.seen)-1]; last != "PUT /v2/shop/manifests/1" {
		t.Errorf("the last request is %s", last)
	}
}

func TestCredentials(t *testing.T) {
	s := servers.Start(t, servers.Options{BasicAuth: true})
	to := reference(t, "oci://%s/shop:1", s.Host)
	push := func() error {
		_, err := newClient(t, Options{}).Push(t.Context(), Upload{Index: index(t, "orders"), To: to, Tags: []string{"1"}})
		return err
	}
	servers.UseDockerConfig(t, t.TempDir())
	if err := push(); err == nil || !strings.Contains(err.Error(), "wants a login: `docker login "+s.Host) {
		t.Errorf("without a password: %v", err)
	}
	s.Login(t, "another")
	if err := push(); err == nil || !strings.Contains(err.Error(), "refuses the user name or password") {
		t.Errorf("a wrong password: %v", err)
	}
	if strings.Contains(fmt.Sprint(push()), "another") {
		t.Error("the error shows the password")
	}
	s.Login(t, servers.Password)
	if err := push(); err != nil {
		t.Errorf("the right one: %v", err)
	}
	_, err := newClient(t, Options{}).Pull(t.Context(), reference(t, "oci://%s/nothing:1", s.Host))
	if err == nil || !strings.Contains(err.Error(), `has no repository nothing, or no tag "1" in it`) {
		t.Errorf("a repository that isn't there: %v", err)
	}
}

// A credential helper is a program that Docker's configuration names.
func TestCredentialHelper(t *testing.T) {
	s := servers.Start(t, servers.Options{BasicAuth: true})
	folder := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = get ] && server=$(cat) && [ \"$server\" = %s ] || exit 1\nprintf '{\"ServerURL\":\"%%s\",\"Username\":\"%s\",\"Secret\":\"%s\"}' \"$server\"\n", s.Host, servers.User, servers.Password)
	config, err := json.Marshal(map[string]any{"credHelpers": map[string]string{s.Host: "tests"}})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		os.WriteFile(filepath.Join(folder, "docker-credential-tests"), []byte(script), 0o700),
		os.WriteFile(filepath.Join(folder, "config.json"), config, 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	servers.UseDockerConfig(t, folder)
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	if _, err := newClient(t, Options{}).Push(t.Context(), Upload{Index: index(t, "orders"), To: reference(t, "oci://%s/shop", s.Host)}); err != nil {
		t.Error(err)
	}
}

// Other tools read what was pushed.
func TestOthersReadIt(t *testing.T) {
	crane := servers.Program(t, "WEAVSTER_CRANE")
	s := servers.Start(t, servers.Options{TLS: true, BasicAuth: true})
	s.Login(t, servers.Password)
	t.Setenv("SSL_CERT_FILE", s.CAFile)
	artifact := index(t, "configuration", "orders")
	if _, err := newClient(t, Options{CAFile: s.CAFile}).Push(t.Context(), Upload{Index: artifact, To: reference(t, "oci://%s/shop", s.Host), Tags: []string{"1.4.0"}}); err != nil {
		t.Fatal(err)
	}
	raw, err := artifact.RawManifest()
	if err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]string{"manifest": string(raw), "digest": digestOf(t, artifact)} {
		out, err := exec.Command(crane, command, s.Host+"/shop:1.4.0").CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != strings.TrimSpace(want) {
			t.Errorf("crane %s: %v: %s", command, err, out)
		}
	}
	skopeo, err := exec.LookPath("skopeo")
	if err != nil {
		t.Log("there is no skopeo here")
		return
	}
	out, err := exec.Command(skopeo, "inspect", "--raw", "--creds", servers.User+":"+servers.Password, "docker://"+s.Host+"/shop:1.4.0").CombinedOutput()
	if err != nil || string(out) != string(raw) {
		t.Errorf("skopeo: %v: %s", err, out)
	}
}

func TestFoldersArentPushedTo(t *testing.T) {
	_, err := newClient(t, Options{}).Push(t.Context(), Upload{Index: index(t, "x"), To: reference(t, "out/layout")})
	if err == nil || !strings.Contains(err.Error(), "out/layout is a folder, where a registry is meant") {
		t.Errorf("got %v", err)
	}
	_, err = newClient(t, Options{}).Push(t.Context(), Upload{Index: index(t, "x"), To: reference(t, "oci://registry.example/x"), Tags: []string{"a b"}})
	if err == nil || !strings.Contains(err.Error(), `"a b" can't be a tag`) {
		t.Errorf("got %v", err)
	}
	_, err = newClient(t, Options{}).Pull(t.Context(), reference(t, "oci://registry.example/x"))
	if err == nil || !strings.Contains(err.Error(), "names neither a tag nor a digest") {
		t.Errorf("got %v", err)
	}
}
