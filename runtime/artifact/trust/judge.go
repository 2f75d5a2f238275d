// Package trust decides whether an artifact may be run: by the operator's
// policy, by keys that were named on the command line, and by the project's
// own policy, which can only ask for more.
package trust

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/artifact/signing"
	"github.com/weavster/weavster/runtime/artifact/trust/policy"
)

// Options say who is trusted.
type Options struct {
	Policy string   // the file of the operator's policy, or ""
	Keys   []string // keys by their references: each is a policy of its own
	// Identities stand for keys where signers have certificates instead.
	Identities []*signing.Verifier
	Project    string       // the file of the project's own policy, which needn't be there; or ""
	Loading    signing.Keys // how keys are reached
}

// A Judge knows all policies. Every one of them has to accept an artifact.
type Judge struct {
	policies []*policy.Policy
	loading  signing.Keys
	files    map[string]*signing.Verifier // by reference; those that a KMS keeps are asked for when they are needed
}

// Load reads the policies and the keys that are files.
func Load(ctx context.Context, o Options) (*Judge, error) {
	j := &Judge{loading: o.Loading, files: map[string]*signing.Verifier{}}
	if o.Policy != "" {
		p, err := policy.Read(o.Policy, policy.Operator)
		if err != nil {
			return nil, err
		}
		j.policies = append(j.policies, p)
	}
	for _, key := range o.Keys {
		j.policies = append(j.policies, policy.OfKey(key))
	}
	for _, identity := range o.Identities {
		j.policies = append(j.policies, policy.OfKey(identity.String()))
		j.files[identity.String()] = identity
	}
	if len(j.policies) == 0 {
		return nil, &Refusal{Reason: Nobody, Reference: "an artifact", Sentence: "nothing says whom to trust: name the operator's policy with --trust-policy FILE " +
			"or WEAVSTER_TRUST_POLICY, or a public key with --key; --insecure-unsigned has run and pull take what anybody may have made"}
	}
	if o.Project != "" {
		switch p, err := policy.Read(o.Project, policy.Project); {
		case err == nil:
			j.policies = append(j.policies, p)
		case !errors.Is(err, policy.ErrNone):
			return nil, err
		}
	}
	return j, j.loadFiles(ctx)
}

// loadFiles loads the keys that nobody has to be asked for, so that a slip
// shows before it matters.
func (j *Judge) loadFiles(ctx context.Context) error {
	var diags source.Diagnostics
	for _, p := range j.policies {
		for _, e := range p.Entries {
			for _, key := range e.Keys {
				if j.files[key.Reference] != nil || strings.Contains(key.Reference, "://") {
					continue
				}
				verifier, err := signing.LoadVerifier(ctx, key.Reference, j.loading)
				if err != nil {
					if !key.InFile() {
						return err
					}
					key.Errorf(&diags, "%v", err)
					continue
				}
				j.files[key.Reference] = verifier
			}
		}
	}
	return diags.Err()
}

func (j *Judge) verifiers(ctx context.Context, e *policy.Entry) ([]*signing.Verifier, error) {
	var all []*signing.Verifier
	for _, key := range e.Keys {
		verifier := j.files[key.Reference]
		if verifier == nil {
			var err error
			if verifier, err = signing.LoadVerifier(ctx, key.Reference, j.loading); err != nil {
				return nil, fmt.Errorf("%s: %w", e.At, err)
			}
		}
		all = append(all, verifier)
	}
	return all, nil
}

// demand is what one policy asks of an artifact.
type demand struct {
	*policy.Entry
	keys     []*signing.Verifier
	accepted []signing.Signature
}

// demands finds each policy's entry for a place. A project's entry without
// keys takes those of the operator.
func (j *Judge) demands(ctx context.Context, place string) ([]*demand, error) {
	var all []*demand
	var trusted []*signing.Verifier
	for _, p := range j.policies {
		entry := p.Find(place)
		if entry == nil {
			r := refuse(NoEntry, "it comes from %s, which no entry of the trust policy is about", place)
			r.Entry = p.Name
			return nil, r
		}
		keys, err := j.verifiers(ctx, entry)
		if err != nil {
			return nil, err
		}
		trusted = append(trusted, keys...)
		all = append(all, &demand{Entry: entry, keys: keys})
	}
	for _, d := range all {
		if len(d.keys) == 0 {
			d.keys = trusted
		}
	}
	return all, nil
}
