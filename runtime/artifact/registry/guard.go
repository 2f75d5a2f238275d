package registry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
)

// ErrUnsafe says that a request wasn't made, since it could have harmed.
var ErrUnsafe = errors.New("refused")

const (
	maxRedirects = 5
	// maxAnswer bounds what isn't a blob: manifests, lists of tags, tokens, errors.
	maxAnswer = 4 << 20
	// maxHeader bounds an answer's header.
	maxHeader = 256 << 10
)

// A guard is what all requests go through: those that go-containerregistry
// makes of itself, for tokens and after redirects, among them.
type guard struct {
	named    sync.Map // the hosts that the user named, as net.JoinHostPort has them
	plain    bool
	proxy    func(*http.Request) (*url.URL, error)
	places   *places
	patience Patience
	// By what may be at the other end of a connection.
	any, loopback, led, proxied *http.Transport
}

func newGuard(o Options) (*guard, error) {
	roots, err := authorities(o.CAFile)
	if err != nil {
		return nil, err
	}
	g := &guard{plain: o.PlainHTTP, proxy: http.ProxyFromEnvironment, places: &places{}, patience: o.Patience.orDefault()}
	g.any = g.transport(roots, g.places.reach)
	g.loopback = g.transport(roots, onlyLoopback)
	g.led = g.transport(roots, g.places.follow)
	// Where a proxy is in use, it is the one that is dialled.
	g.proxied = g.transport(roots, nil)
	g.proxied.Proxy = http.ProxyFromEnvironment
	return g, nil
}

// authorities are the system's, and those of a file.
func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil // crypto/tls takes the system's
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("certificates of authorities: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a system without any
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("certificates of authorities: %s holds none in PEM", file)
	}
	return pool, nil
}

func (g *guard) transport(roots *x509.CertPool, allow func(netip.Addr) error) *http.Transport {
	dialer := &net.Dialer{Timeout: g.patience.Connect}
	if allow != nil {
		dialer.Control = control(allow)
	}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    g.patience.Connect,
		ResponseHeaderTimeout:  g.patience.Answer,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConnsPerHost:    jobs,
		IdleConnTimeout:        g.patience.Answer,
		ForceAttemptHTTP2:      true,
		// Digests are those of bytes as they are sent.
		DisableCompression: true,
	}
}

func (g *guard) close() {
	for _, t := range []*http.Transport{g.any, g.loopback, g.led, g.proxied} {
		t.CloseIdleConnections()
	}
}

// name says that the user means this host: it may lie anywhere.
func (g *guard) name(host string) { g.named.Store(host, true) }

func (g *guard) isNamed(u *url.URL) bool {
	if _, ok := g.named.Load(u.Host); ok {
		return true
	}
	port := map[string]string{"https": "443", "http": "80"}[u.Scheme]
	_, short := g.named.Load(u.Hostname())
	_, long := g.named.Load(net.JoinHostPort(u.Hostname(), port))
	return u.Port() == port && short || u.Port() == "" && long
}

// RoundTrip makes a request that is safe to make.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	through, err := g.choose(req)
	if err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	resp, err := g.patience.roundTrip(through, req)
	if err != nil {
		return nil, err
	}
	if !isBlob(first(req).URL) {
		resp.Body = &capped{resp.Body, maxAnswer, req.URL}
	}
	note(req, resp)
	return resp, nil
}

// choose finds the connections that a request may take, or says why there are none.
func (g *guard) choose(req *http.Request) (*http.Transport, error) {
	named, near := g.isNamed(req.URL), isLoopbackName(req.URL.Hostname())
	proxy, err := g.proxy(req)
	switch {
	case err != nil:
		return nil, err
	case redirects(req) > maxRedirects:
		return nil, fmt.Errorf("%w: %s redirects more than %d times", ErrUnsafe, first(req).URL.Host, maxRedirects)
	case req.URL.Scheme == "https":
	case req.URL.Scheme != "http":
		return nil, fmt.Errorf("%w: %s leads to %s, which is no https", ErrUnsafe, first(req).URL.Host, where(req.URL))
	case req.Response != nil && req.Response.Request.URL.Scheme == "https":
		return nil, fmt.Errorf("%w: %s redirects from https to plain http, to %s", ErrUnsafe, req.Response.Request.URL.Host, where(req.URL))
	case near && named:
		return g.loopback, nil
	case near:
		return g.loopback, g.places.follow(netip.IPv6Loopback())
	case !named:
		return nil, fmt.Errorf("%w: plain http to %s, where everybody on the way reads and changes it", ErrUnsafe, where(req.URL))
	case !g.plain:
		return nil, fmt.Errorf("%w: plain http to %s: a registry elsewhere than on this machine has to have TLS, unless --insecure-registry is given", ErrUnsafe, req.URL.Host)
	case carriesSecret(req):
		return nil, fmt.Errorf("%w: %s asks for a password over plain http, where everybody on the way reads it; give the registry TLS", ErrUnsafe, req.URL.Host)
	}
	switch {
	case proxy != nil && named:
		return g.proxied, nil
	case proxy != nil:
		// The proxy resolves names; an address is as it stands.
		if address, err := netip.ParseAddr(req.URL.Hostname()); err == nil {
			return g.proxied, g.places.follow(address)
		}
		return g.proxied, nil
	case named:
		return g.any, nil
	}
	return g.led, nil
}

// carriesSecret says whether someone who reads a request can log in with it.
func carriesSecret(req *http.Request) bool {
	return req.Header.Get("Authorization") != "" || strings.HasPrefix(req.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
}

// first is the request that was made before any redirect.
func first(req *http.Request) *http.Request {
	for req.Response != nil && req.Response.Request != nil {
		req = req.Response.Request
	}
	return req
}

func redirects(req *http.Request) int {
	n := 0
	for ; req.Response != nil && req.Response.Request != nil; n++ {
		req = req.Response.Request
	}
	return n
}

// where names a URL without what may be secret in it.
func where(u *url.URL) string { return clean(u.Scheme + "://" + u.Host) }

func isBlob(u *url.URL) bool { return strings.Contains(u.Path, "/blobs/") }

// capped ends a body that is longer than anything that belongs there.
type capped struct {
	io.ReadCloser
	left int64
	from *url.URL
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, fmt.Errorf("%w: %s answers with more than %d MiB where a manifest belongs", ErrTooLarge, where(c.from), maxAnswer>>20)
	}
	return n, err
}

// control looks at an address once its name was resolved: what is looked at is
// what is connected to.
func control(allow func(netip.Addr) error) func(network, address string, _ rawConn) error {
	return func(_, address string, _ rawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return allow(to.Addr())
	}
}
