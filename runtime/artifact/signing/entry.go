package signing

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/sigstore/cosign/v2/pkg/oci"
	"github.com/sigstore/cosign/v2/pkg/oci/static"
)

// entry is a signature or an attestation as it was found: nothing of it is
// believed.
type entry struct {
	payload     []byte
	mediaType   types.MediaType
	annotations map[string]string
}

// read gives what a store keeps for a digest, within the caps.
func read(ctx context.Context, store Store, digest v1.Hash, k kind) ([]entry, error) {
	raw, err := store.manifest(ctx, digest, k)
	if err != nil || raw == nil {
		return nil, err
	}
	list, err := parseList(raw, k)
	if err != nil {
		return nil, &Failure{Reason: reason(err), Digest: digest, Where: store.String(), What: k.one, Found: []string{err.Error()}}
	}
	var entries []entry
	for _, descriptor := range list.Layers {
		payload, err := readBlob(ctx, store, descriptor)
		if err != nil {
			return nil, fmt.Errorf("reading a %s of %s in %s: %w", k.one, digest, store, err)
		}
		entries = append(entries, entry{payload: payload, mediaType: descriptor.MediaType, annotations: descriptor.Annotations})
	}
	return entries, nil
}

// parseList holds a list against the caps before anything in it is read.
func parseList(raw []byte, k kind) (*v1.Manifest, error) {
	if len(raw) > maxManifest {
		return nil, fmt.Errorf("the list of %ss has %d bytes, more than %d: %w", k.one, len(raw), maxManifest, ErrTooMuch)
	}
	// A list of nothing takes a hundred times its own length once it is decoded.
	if n := bytes.Count(raw, []byte(",")); n > maxCommas {
		return nil, fmt.Errorf("the list of %ss has %d commas, more than %d: %w", k.one, n, maxCommas, ErrTooMuch)
	}
	var list v1.Manifest
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("the list of %ss can't be read: %w: %w", k.one, err, ErrMalformed)
	}
	if len(list.Layers) > maxEntries {
		return nil, fmt.Errorf("there are %d %ss, more than %d: %w", len(list.Layers), k.one, maxEntries, ErrTooMuch)
	}
	total := int64(0)
	for _, descriptor := range list.Layers {
		if descriptor.Size < 0 || descriptor.Size > k.limit {
			return nil, fmt.Errorf("a %s has %d bytes, more than %d: %w", k.one, descriptor.Size, k.limit, ErrTooMuch)
		}
		if total += descriptor.Size; total > maxTotal {
			return nil, fmt.Errorf("the %ss have more than %d bytes: %w", k.one, maxTotal, ErrTooMuch)
		}
	}
	return &list, nil
}

// readBlob reads no more than the list said, and only what has its digest.
func readBlob(ctx context.Context, store Store, descriptor v1.Descriptor) ([]byte, error) {
	r, err := store.blob(ctx, descriptor.Digest)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	payload, err := io.ReadAll(io.LimitReader(r, descriptor.Size+1))
	if err != nil {
		return nil, err
	}
	got, _, err := v1.SHA256(bytes.NewReader(payload))
	if err != nil {
		return nil, err
	}
	if got != descriptor.Digest || int64(len(payload)) != descriptor.Size {
		return nil, fmt.Errorf("%s has other content than its digest and size say: %w", descriptor.Digest, ErrMalformed)
	}
	return payload, nil
}

// signature is the entry as cosign's library takes it. What cosign reads out
// of annotations is read here, once: its own readers take the first
// certificate of none.
func (e entry) signature() (oci.Signature, error) {
	options := []static.Option{
		static.WithLayerMediaType(e.mediaType),
		static.WithAnnotations(withoutSignature(e.annotations)),
	}
	return static.NewSignature(e.payload, e.annotations[static.SignatureAnnotationKey], options...)
}

func withoutSignature(annotations map[string]string) map[string]string {
	rest := map[string]string{}
	for key, value := range annotations {
		if key != static.SignatureAnnotationKey {
			rest[key] = value
		}
	}
	return rest
}
