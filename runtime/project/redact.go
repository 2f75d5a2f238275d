package project

import (
	"errors"

	"github.com/weavster/weavster/codegen/source"
)

// Redact is a text with every secret that was read so far replaced by ***.
func (p *Project) Redact(text string) string { return p.renderer.Redact(text) }

// RedactError is an error that says what err does, without secrets. What
// connectors say about a server or a file is made of rendered options.
func (p *Project) RedactError(err error) error {
	if err == nil {
		return nil
	}
	var failure *source.Failure
	if !errors.As(err, &failure) {
		return &redacted{p.Redact(err.Error()), err}
	}
	var diags source.Diagnostics
	for _, one := range failure.Sorted() {
		one.Message, one.Hint = p.Redact(one.Message), p.Redact(one.Hint)
		diags.Add(one)
	}
	return diags.Err()
}

// A redacted error is still the same error to programs.
type redacted struct {
	text string
	err  error
}

func (r *redacted) Error() string { return r.text }
func (r *redacted) Unwrap() error { return r.err }
