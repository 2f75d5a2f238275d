package registry

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func request(t *testing.T, url string, via ...string) *http.Request {
	t.Helper()
	var before *http.Request
	for _, one := range append(via, url) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, one, nil)
		if err != nil {
			t.Fatal(err)
		}
		if before != nil {
			req.Response = &http.Response{Request: before}
		}
		before = req
	}
	return before
}

// TestWhereRequestsMayGo holds each rule on hosts that a test can't have.
func TestWhereRequestsMayGo(t *testing.T) {
	const registry = "https://registry.example/v2/"
	for name, c := range map[string]struct {
		url   string
		via   []string
		plain bool
		want  string // "" where it may
	}{
		"https":                     {url: registry},
		"with its port":             {url: "https://registry.example:443/v2/"},
		"plain http":                {url: "http://registry.example/v2/", want: "has to have TLS, unless --insecure-registry is given"},
		"plain http, allowed":       {url: "http://registry.example/v2/", plain: true},
		"private, plain http":       {url: "http://10.0.0.7:5000/v2/", want: "has to have TLS"},
		"mDNS, plain http":          {url: "http://registry.local/v2/", want: "has to have TLS"},
		"token server":              {url: "https://auth.example/token"},
		"token server, plain http":  {url: "http://auth.example/token", want: "plain http to http://auth.example"},
		"allowed for the named one": {url: "http://auth.example/token", plain: true, want: "plain http to http://auth.example"},
		"from https to plain http":  {url: "http://registry.example/x", via: []string{registry}, plain: true, want: "redirects from https to plain http"},
		"led to this machine":       {url: "http://localhost:9600/x", via: []string{"http://registry.example/v2/"}, plain: true, want: "an address that is not for it to reach"},
		"five redirects":            {url: registry, via: []string{registry, registry, registry, registry, registry}},
		"six redirects":             {url: registry, via: []string{registry, registry, registry, registry, registry, registry}, want: "redirects more than 5 times"},
	} {
		g, err := newGuard(Options{PlainHTTP: c.plain})
		if err != nil {
			t.Fatal(err)
		}
		for _, host := range []string{"registry.example", "10.0.0.7:5000", "registry.local"} {
			g.name(host)
		}
		_, err = g.choose(request(t, c.url, c.via...))
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, ErrUnsafe) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestPasswordsNeedTLS(t *testing.T) {
	g, err := newGuard(Options{PlainHTTP: true})
	if err != nil {
		t.Fatal(err)
	}
	g.name("registry.example")
	basic := request(t, "http://registry.example/v2/")
	basic.SetBasicAuth("ada", "s3cret")
	form := request(t, "http://registry.example/token")
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, req := range []*http.Request{basic, form} {
		if _, err := g.choose(req); !errors.Is(err, ErrUnsafe) || !strings.Contains(err.Error(), "asks for a password over plain http") {
			t.Errorf("%s: %v", req.URL, err)
		}
	}
}

func TestPlaces(t *testing.T) {
	const near, far, carrier = "127.0.0.1", "203.0.113.7", "100.64.0.1"
	for _, c := range []struct {
		registry, to string
		may          bool
	}{
		{far, "198.51.100.1", true}, {far, "2001:db8::1", true}, {far, "10.1.2.3", false}, {far, "::ffff:10.1.2.3", false}, {far, "64:ff9b::a01:203", false},
		{far, carrier, false}, {far, near, false}, {far, "::1", false}, {far, "0.0.0.0", false}, {far, "fd12::1", false},
		{"10.0.0.1", "192.168.1.1", true}, {"10.0.0.1", near, false}, {"10.0.0.1", far, true},
		{near, near, true}, {near, "10.0.0.1", true}, {near, "169.254.169.254", false}, {near, "fe80::1", false}, {near, "fd00:ec2::254", false}, {near, "224.0.0.1", false},
	} {
		p := &places{}
		if err := p.reach(netip.MustParseAddr(c.registry)); err != nil {
			t.Fatal(err)
		}
		if err := p.follow(netip.MustParseAddr(c.to)); (err == nil) != c.may {
			t.Errorf("from %s to %s: %v", c.registry, c.to, err)
		}
	}
}

// A name is as good as the address that it has when it is connected to.
func TestNamesAreResolvedBeforeTheyAreJudged(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	g, err := newGuard(Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.RoundTrip(request(t, strings.Replace(server.URL, "127.0.0.1", "localhost", 1)))
	if !errors.Is(err, ErrUnsafe) || !strings.Contains(err.Error(), "an address that is not for it to reach") {
		t.Errorf("got %v", err)
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	server.StartTLS()
	t.Cleanup(server.Close)
	ref := reference(t, "oci://%s/shop:1", server.Listener.Addr())
	if _, err := newClient(t, Options{}).Pull(t.Context(), ref); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.1: %v", err)
	}
	modern := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(modern.Close)
	ref = reference(t, "oci://%s/shop:1", modern.Listener.Addr())
	if _, err := newClient(t, Options{}).Pull(t.Context(), ref); err == nil || !strings.Contains(err.Error(), "give its certificate by --ca-file") {
		t.Errorf("an authority that nobody knows: %v", err)
	}
}

func TestCAFileIsChecked(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{empty: "holds none in PEM", empty + "x": "no such file"} {
		if _, err := New(Options{CAFile: file}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", file, err)
		}
	}
}
