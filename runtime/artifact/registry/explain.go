package registry

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"unicode"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// maxQuote bounds what of a registry's words is shown.
const maxQuote = 300

// explain says what went wrong, where, and what to do. What a registry says
// itself is quoted, without what a terminal would obey.
func (c *Client) explain(ctx context.Context, ref Reference, err error) error {
	var answer *transport.Error
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var dns *net.DNSError
	switch {
	case err == nil:
		return nil
	case stopped(ctx, err):
		return ctx.Err()
	case errors.Is(err, ErrUnsafe), errors.Is(err, ErrSlow), errors.Is(err, ErrTooLarge), errors.Is(err, ErrNoArtifact), errors.Is(err, ErrWrongContent):
		return fmt.Errorf("%s: %w", ref, unwrapped(err))
	case isMismatch(err):
		return fmt.Errorf("%s: %w: %w", ref, ErrWrongContent, err)
	case errors.As(err, &authority):
		return fmt.Errorf("%s: the certificate of %s is signed by an authority that isn't trusted here: if it is your own, give its certificate by --ca-file: %w", ref, ref.Host, err)
	case errors.As(err, &hostname):
		return fmt.Errorf("%s: the certificate of %s is another host's: %w", ref, ref.Host, hostname)
	case strings.Contains(err.Error(), "HTTP request to an HTTPS server"):
		// On loopback plain http is tried where TLS fails, and this is what a registry with TLS says to that.
		return fmt.Errorf("%s: no TLS connection with %s: %s", ref, ref.Host, clean(err.Error()))
	case errors.As(err, &answer):
		return explainAnswer(ref, answer)
	case errors.As(err, &dns):
		return fmt.Errorf("%s: there is no host %s: %w", ref, ref.Host, dns)
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fmt.Errorf("%s: %s speaks plain http, where everybody on the way reads and changes it; --insecure-registry allows that", ref, ref.Host)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%s: nothing listens at %s: %w", ref, ref.Host, err)
	}
	return fmt.Errorf("%s: %w", ref, err)
}

// isMismatch knows what the library says of bytes with another digest than
// they came under; it has no name for these errors.
func isMismatch(err error) bool {
	text := err.Error()
	return strings.HasPrefix(text, "error verifying ") || strings.Contains(text, "does not match requested digest")
}

// unwrapped is the sentence of ours alone, without what the library and
// net/http put before it.
func unwrapped(err error) error {
	for _, kind := range []error{ErrUnsafe, ErrSlow, ErrTooLarge, ErrNoArtifact, ErrWrongContent} {
		for at := err; errors.Is(at, kind); at = errors.Unwrap(at) {
			if strings.HasPrefix(at.Error(), kind.Error()) {
				return at
			}
			if errors.Unwrap(at) == nil {
				break
			}
		}
	}
	return err
}

func explainAnswer(ref Reference, answer *transport.Error) error {
	said := clean(answer.Error())
	switch code := answer.StatusCode; {
	case code == http.StatusUnauthorized && sentCredentials(answer):
		return fmt.Errorf("%s: %s refuses the user name or password that is stored for it: log in anew with `docker login %s` (it says: %s)", ref, ref.Host, ref.Host, said)
	case code == http.StatusUnauthorized:
		return fmt.Errorf("%s: %s wants a login: `docker login %s`, or the registry's entry in the file config.json of DOCKER_CONFIG (it says: %s)", ref, ref.Host, ref.Host, said)
	case code == http.StatusForbidden:
		return fmt.Errorf("%s: %s doesn't allow this to the user that is logged in (it says: %s)", ref, ref.Host, said)
	case code == http.StatusNotFound && ref.Digest != "":
		return fmt.Errorf("%s: %s has nothing with this digest in %s (it says: %s)", ref, ref.Host, ref.Repository, said)
	case code == http.StatusNotFound:
		return fmt.Errorf("%s: %s has no repository %s, or no tag %q in it (it says: %s)", ref, ref.Host, ref.Repository, ref.Tag, said)
	case code == http.StatusTooManyRequests:
		return fmt.Errorf("%s: %s lets nothing more through for now: too many requests (it says: %s)", ref, ref.Host, said)
	case code >= 500:
		return fmt.Errorf("%s: %s fails, and did so several times: its log says why (it says: %s)", ref, ref.Host, said)
	}
	return fmt.Errorf("%s: %s refuses this (it says: %s)", ref, ref.Host, said)
}

func sentCredentials(answer *transport.Error) bool {
	return answer.Request != nil && answer.Request.Header.Get("Authorization") != ""
}

// clean leaves of a stranger's text what can be printed.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, "?"))
	if len(text) > maxQuote {
		text = strings.ToValidUTF8(text[:maxQuote], "") + "…"
	}
	return strings.TrimSpace(text)
}
