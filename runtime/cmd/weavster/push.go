package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/registry"
	"github.com/weavster/weavster/runtime/artifact/signing"
)

// What `push` takes from the environment, where no flag says otherwise.
const (
	repositoryVariable = "WEAVSTER_REPOSITORY"
	tagVariable        = "WEAVSTER_TAG"
)

// statusVariable names the files in which Bazel keeps what its workspace status
// command said; the rule sets it.
const statusVariable = "WEAVSTER_STATUS_FILES"

// A push is what is to be pushed where.
type push struct {
	repository string
	tags       []string
	flows      []string
	asJSON     bool
	registry   registryFlags
	sign       *signFlags
	rule       pushRule
}

// pushRule is what the attributes of weavster_project say.
type pushRule struct {
	repository string
	tags       []string
	status     []string // files, each line a name, a space and a value
}

func newPush(w *workspace) *cobra.Command {
	p := &push{}
	command := &cobra.Command{
		Use:   "push [IMAGE]…",
		Short: "Send the images of the project and its flows to a registry",
		Long: "Sends the project's image to the repository, and each flow's to REPOSITORY/FLOW. Layers that the registry has aren't sent.\n" +
			"IMAGE is a layout folder; signatures that it has are sent too. Without one Bazel builds the images of the project.\n" +
			"A repository is host/path. Flags come before " + repositoryVariable + " and " + tagVariable + ", those before what BUILD says; the tag is the project's version if nothing names one.",
		RunE: func(cmd *cobra.Command, folders []string) error {
			signer, err := p.sign.signer(cmd)
			if err != nil {
				return err
			}
			images, err := w.images(cmd, folders)
			if err != nil {
				return err
			}
			for _, file := range filepath.SplitList(os.Getenv(statusVariable)) {
				p.rule.status = append(p.rule.status, fromStart(w.started, file))
			}
			return p.run(cmd, images, signer)
		},
	}
	flags := command.Flags()
	flags.StringVar(&p.repository, "repository", "", "the project's `repository`: host/path (default: that of "+repositoryVariable+")")
	flags.StringArrayVar(&p.tags, "tag", nil, "a `tag`; may be given several times (default: those of "+tagVariable+", by commas, or the project's version)")
	flags.StringSliceVar(&p.flows, "flow", nil, "only the image of this `flow`; may be given several times")
	flags.BoolVar(&p.asJSON, "json", false, "print JSON")
	p.registry.add(command)
	p.sign = addSignFlags(command, w)
	flags.StringVar(&p.rule.repository, "rule-repository", "", "what BUILD says")
	flags.StringArrayVar(&p.rule.tags, "rule-tag", nil, "what BUILD says")
	for _, name := range []string{"rule-repository", "rule-tag"} {
		if err := flags.MarkHidden(name); err != nil {
			panic(err) // there is no such flag
		}
	}
	return command
}

// A pushedImage is one that is in the registry now.
type pushedImage struct {
	artifact.Info
	Reference string   `json:"reference"` // with the digest
	Tags      []string `json:"tags"`
	Sent      int      `json:"sent"`    // blobs
	Mounted   int      `json:"mounted"` // blobs that the registry took from another of its repositories
	Present   int      `json:"present"` // blobs that it had
	Bytes     int64    `json:"bytes"`   // of the blobs that were sent
	Signed    bool     `json:"signed"`  // by this push
}

func (p *push) run(cmd *cobra.Command, images []builtImage, signer *artifactSigner) (err error) {
	repository, tags, err := p.where(images)
	if err != nil {
		return err
	}
	version := versionOf(images)
	if images, err = only(images, p.flows); err != nil {
		return err
	}
	uploads, err := uploadsOf(images, repository)
	if err != nil {
		return err
	}
	line := newTransferLine(cmd.ErrOrStderr())
	client, err := p.registry.client(line.report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	sent, err := client.Push(cmd.Context(), uploads...)
	line.end()
	if err != nil {
		return err
	}
	pushed := make([]pushedImage, len(images))
	for i, s := range sent {
		pushed[i] = pushedImage{Info: images[i].Info, Reference: s.Reference.String(), Tags: tags, Sent: s.Uploaded, Mounted: s.Mounted, Present: s.Present, Bytes: s.Bytes, Signed: signer != nil}
		if err := endorse(cmd.Context(), client, images[i], s.Reference, version, signer); err != nil {
			return err
		}
		uploads[i].Tags = tags
	}
	// Tags come last: none leads to what isn't signed yet.
	if _, err := client.Push(cmd.Context(), uploads...); err != nil {
		return err
	}
	line.end()
	return printPushed(cmd.OutOrStdout(), pushed, p.asJSON)
}

// uploadsOf says where images go, without tags.
func uploadsOf(images []builtImage, repository registry.Reference) ([]registry.Upload, error) {
	uploads := make([]registry.Upload, len(images))
	for i, image := range images {
		uploads[i] = registry.Upload{Index: image.index, To: repository}
		if image.Kind != artifact.Flow {
			continue
		}
		// A flow may be called what a repository can't be.
		to, err := parseRemote(repository.Below(image.Name).String())
		if err != nil {
			return nil, fmt.Errorf("flow %s: %w", image.Name, err)
		}
		uploads[i].To = to
	}
	return uploads, nil
}

// endorse signs an image in a registry, or sends the signatures that it was
// given with.
func endorse(ctx context.Context, client *registry.Client, image builtImage, ref registry.Reference, version string, signer *artifactSigner) error {
	name, err := client.Name(ref)
	if err != nil {
		return err
	}
	to := signing.Repository(name.Context(), client.Remote(ctx)...)
	if err := signing.Copy(ctx, signing.Layout(image.folder), to, image.Digest); err != nil || signer == nil {
		return err
	}
	return signer.sign(ctx, to, image, version)
}

// where is the project's repository, and the tags in it and in those of flows.
func (p *push) where(images []builtImage) (registry.Reference, []string, error) {
	text := firstSet(p.repository, os.Getenv(repositoryVariable))
	if text == "" {
		var err error
		if text, err = p.rule.stamped(p.rule.repository); err != nil {
			return registry.Reference{}, nil, err
		}
	}
	if text == "" {
		return registry.Reference{}, nil, usageError{fmt.Errorf("push needs a repository, such as registry.example/%s: --repository, %s, or `repository` of weavster_project", firstSet(nameOf(images), "shop"), repositoryVariable)}
	}
	if !strings.Contains(strings.TrimPrefix(text, registry.Scheme), "/") {
		return registry.Reference{}, nil, usageError{fmt.Errorf("%q names no registry: a repository is host/path, such as registry.example/shop", text)}
	}
	repository, err := parseRemote(text)
	if err == nil && (repository.Tag != "" || repository.Digest != "") {
		err = usageError{fmt.Errorf("%s is more than a repository: tags are given by --tag", text)}
	}
	if err != nil {
		return registry.Reference{}, nil, err
	}
	tags, err := p.tagsFor(images)
	return repository, tags, err
}

func (p *push) tagsFor(images []builtImage) ([]string, error) {
	tags := slices.Clone(p.tags)
	if variable := os.Getenv(tagVariable); len(tags) == 0 && variable != "" {
		tags = strings.Split(variable, ",")
	}
	if len(tags) == 0 {
		for _, tag := range p.rule.tags {
			stamped, err := p.rule.stamped(tag)
			if err != nil {
				return nil, err
			}
			tags = append(tags, stamped)
		}
	}
	if version := versionOf(images); len(tags) == 0 && version != "" {
		tags = []string{version}
	}
	if len(tags) == 0 {
		return nil, usageError{errors.New("push needs a tag: --tag, " + tagVariable + ", or `version` in weavster.yaml")}
	}
	for _, tag := range tags {
		if err := registry.CheckTag(tag); err != nil {
			return nil, usageError{err}
		}
	}
	return tags, nil
}

// versionOf is the project's, where its image is among those, or that of an
// image which is run.
func versionOf(images []builtImage) string {
	for _, image := range images {
		if image.Kind != artifact.Flow {
			return image.Version
		}
	}
	return ""
}

func nameOf(images []builtImage) string {
	for _, image := range images {
		if image.Kind != artifact.Flow {
			return image.Name
		}
	}
	return ""
}

var placeholder = regexp.MustCompile(`\{([A-Za-z0-9_]+)\}`)

// stamped replaces `{STABLE_GIT_COMMIT}` and the like by what the workspace's
// status command said. It is the only way in which a build's surroundings
// come into a push: the image itself has nothing of them.
func (r *pushRule) stamped(text string) (string, error) {
	if !placeholder.MatchString(text) {
		return text, nil
	}
	values, err := r.values()
	if err != nil {
		return "", err
	}
	var unknown []string
	full := placeholder.ReplaceAllStringFunc(text, func(match string) string {
		value, ok := values[match[1:len(match)-1]]
		if !ok || value == "" {
			unknown = append(unknown, match)
		}
		return value
	})
	if len(unknown) > 0 {
		names := slices.Sorted(maps.Keys(values))
		return "", fmt.Errorf("%s: nothing says what %s is: the program of Bazel's --workspace_status_command prints such names and their values, and there is %s",
			text, strings.Join(unknown, " and "), strings.Join(names, ", "))
	}
	return full, nil
}

// values are what the status files say: a name, a space, a value.
func (r *pushRule) values() (map[string]string, error) {
	values := map[string]string{}
	for _, file := range r.status {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
			values[name] = value
		}
	}
	return values, nil
}

func printPushed(out io.Writer, images []pushedImage, asJSON bool) error {
	if asJSON {
		return printJSON(out, images)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tTAGS\tSENT\tMOUNTED\tPRESENT\tREFERENCE")
	for _, image := range images {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%s\n", oneLine(image.Name), strings.Join(image.Tags, " "), sentText(image), image.Mounted, image.Present, image.Reference)
	}
	return table.Flush()
}

func sentText(image pushedImage) string {
	if image.Sent == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%s)", image.Sent, bytesText(image.Bytes))
}
