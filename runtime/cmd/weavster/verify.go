package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/registry"
	"github.com/weavster/weavster/runtime/artifact/trust"
)

func newVerify(w *workspace) *cobra.Command {
	var connection registryFlags
	var trusted trustFlags
	var asJSON bool
	command := &cobra.Command{
		Use:   "verify REFERENCE",
		Short: "Say whether an artifact is trusted, and why",
		Long: "Resolves REFERENCE (oci://host/repository:tag, or the path of a layout folder) and checks what `run` checks before it runs it:\n" +
			"the signature, by whom it is, what was signed along, attestations, and every byte against its digest. The exit code is 1 where\n" +
			"the artifact is refused.",
		Example: "  weavster verify oci://registry.example/shop/orders:1.4.0 --key release.pub\n  weavster verify ./orders.oci --trust-policy /etc/weavster/trust-policy.yaml --json",
		Args:    oneArgument,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			folder, err := w.folder()
			if err != nil {
				return err
			}
			source, err := trusted.source(cmd.Context(), &connection, folder)
			if err != nil && asJSON {
				return verdictJSON(cmd.OutOrStdout(), nil, err)
			} else if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, source.client.Close()) }()
			found, err := source.obtain(cmd.Context(), args[0])
			if err == nil {
				err = found.sound()
			}
			if asJSON {
				return verdictJSON(cmd.OutOrStdout(), found, err)
			}
			if err != nil {
				return err
			}
			return printVerdict(cmd.OutOrStdout(), found.verdict)
		},
	}
	connection.add(command)
	connection.addCache(command)
	trusted.add(command)
	command.Flags().BoolVar(&asJSON, "json", false, "print what was found, or the reason of the refusal, as JSON")
	return command
}

// verdictJSON prints a refusal too: it is a result like another.
func verdictJSON(out io.Writer, found *obtained, err error) error {
	answer := struct {
		Trusted bool           `json:"trusted"`
		Verdict *trust.Verdict `json:"verdict,omitempty"`
		Reason  trust.Reason   `json:"reason,omitempty"`
		Error   string         `json:"error,omitempty"`
	}{Trusted: err == nil}
	var refusal *trust.Refusal
	var damaged *artifact.Refusal
	switch {
	case err == nil:
		answer.Verdict = found.verdict
	case errors.As(err, &refusal):
		answer.Reason, answer.Error = refusal.Reason, err.Error()
	case errors.As(err, &damaged), errors.Is(err, registry.ErrWrongContent), errors.Is(err, registry.ErrNoArtifact), errors.Is(err, registry.ErrTooLarge):
		answer.Reason, answer.Error = "damaged", err.Error()
	default:
		return err // it couldn't be found out
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answer); err != nil || answer.Trusted {
		return err
	}
	return errReported
}

// printVerdict prints what was checked, a line each.
func printVerdict(out io.Writer, v *trust.Verdict) error {
	var b strings.Builder
	line := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "%-12s  %s\n", what, printable(fmt.Sprintf(format, args...), false))
	}
	line("trusted", "%s", v.Reference)
	line("digest", "%s", v.Digest)
	line(string(v.Info.Kind), "%s", strings.TrimSpace(v.Info.Name+" "+v.Info.Version))
	for _, s := range v.Signatures {
		line("signed by", "%s (%s)", s.Signer.By, s.Signer.Key)
		for _, name := range slices.Sorted(maps.Keys(s.Annotations)) {
			line("", "%s=%s", name, s.Annotations[name])
		}
	}
	for _, a := range v.Attestations {
		by := a.Signer.By
		if a.Builder != "" {
			by += ", built by " + a.Builder
		}
		line("attested", "%s by %s", a.PredicateType, by)
	}
	for _, entry := range v.Entries {
		line("accepted by", "%s", entry)
	}
	for _, digest := range v.Configurations {
		line("configured", "%s", digest)
	}
	_, err := io.WriteString(out, b.String())
	return err
}
