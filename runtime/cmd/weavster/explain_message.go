package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/bundle"
	"github.com/weavster/weavster/runtime/delivery"
	"github.com/weavster/weavster/runtime/explain"
	"github.com/weavster/weavster/runtime/project"
)

// messageOptions are the flags of `explain` that are about a message.
type messageOptions struct {
	message, file string
	letter        int64
	meta, now     string
	vars          []string
	json          bool
	changed       func(flag string) bool
}

func (m *messageOptions) flags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&m.message, "message", "", "the message, as `text`")
	flags.StringVar(&m.file, "message-file", "", "the `file` with the message; - is the standard input")
	flags.Int64Var(&m.letter, "dead-letter", 0, "the dead letter of this `number`, with the flow that it is of")
	flags.StringVar(&m.meta, "meta", "{}", "the message's metadata, a `JSON` object; default: none, or the dead letter's own")
	flags.StringVar(&m.now, "now", "", "what now() answers, a `time` such as 2026-01-01T00:00:00Z; default: the present, or what it was for the dead letter")
	flags.StringArrayVar(&m.vars, "var", nil, "the same as --vars")
	flags.BoolVar(&m.json, "json", false, "print JSON")
	command.MarkFlagsMutuallyExclusive("message", "message-file", "dead-letter")
	m.changed = func(flag string) bool { return flags.Changed(flag) }
}

// given is whether the command is about a message.
func (m *messageOptions) given() bool {
	return m.changed("message") || m.changed("message-file") || m.changed("dead-letter")
}

func explainMessage(cmd *cobra.Command, w *workspace, m *messageOptions, args []string) (err error) {
	ctx := cmd.Context()
	if w.bundle == "" {
		return usageError{errors.New("a message goes through a built flow: `bazel run //:weavster -- explain FLOW --message …`, or name a bundle with --bundle")}
	}
	if len(args) == 0 && !m.changed("dead-letter") {
		return usageError{errors.New("explain needs the flow that the message is for: weavster explain FLOW --message …")}
	}
	w.vars = append(w.vars, m.vars...)
	o, err := w.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close(ctx)) }()
	p, err := o.load(ctx)
	if err != nil {
		return err
	}
	defer func() { err = p.RedactError(err) }()
	batch, name, err := m.batch(ctx, cmd.InOrStdin(), o, p, args)
	if err != nil {
		return err
	}
	flows, err := choose(o.bundle.Flows, []string{name})
	if err != nil {
		return err
	}
	report, err := explained(ctx, flows[0], p, batch)
	if err != nil {
		return err
	}
	return m.print(cmd.OutOrStdout(), p, report)
}

// batch is the message alone, and the name of its flow.
func (m *messageOptions) batch(ctx context.Context, in io.Reader, o *opened, p *project.Project, args []string) (*contract.Batch, string, error) {
	name, now := strings.Join(args, ""), time.Now()
	var text []byte
	meta := []byte(m.meta)
	// It is from no source, and its identifiers are its own.
	who, number := contract.OriginOf(name, "", "explain"), int64(1)
	switch {
	case m.changed("dead-letter"):
		letter, err := o.letter(ctx, p, m.letter)
		if err != nil {
			return nil, "", err
		}
		if name != "" && name != letter.Flow {
			return nil, "", usageError{fmt.Errorf("dead letter %d is of flow %s, not %s", m.letter, letter.Flow, name)}
		}
		text, name, now = letter.Payload, letter.Flow, letter.Now
		if letter.Meta != nil && !m.changed("meta") {
			meta = letter.Meta
		}
		if f := o.bundle.Flow(name); letter.Line > 0 && f != nil {
			who, number = contract.OriginOf(name, f.Manifest.Input.Name, letter.Partition), letter.Line
		}
	case m.file == "-":
		var err error
		if text, err = io.ReadAll(in); err != nil {
			return nil, "", err
		}
	case m.file != "":
		var err error
		if text, err = os.ReadFile(m.file); err != nil {
			return nil, "", err
		}
	default:
		text = []byte(m.message)
	}
	if m.now != "" {
		var err error
		if now, err = time.Parse(time.RFC3339Nano, m.now); err != nil {
			return nil, "", usageError{fmt.Errorf("--now %q isn't a time such as 2026-01-01T00:00:00Z", m.now)}
		}
	}
	if object := map[string]any{}; json.Unmarshal(meta, &object) != nil {
		return nil, "", usageError{fmt.Errorf("--meta %q isn't a JSON object", meta)}
	}
	return &contract.Batch{
		Payload: text, Ends: []uint32{uint32(len(text))}, Meta: meta, MetaEnds: []uint32{uint32(len(meta))},
		Origin: who, Numbers: []int64{number}, Now: now, Trace: true,
	}, name, nil
}

// letter reads one dead letter.
func (o *opened) letter(ctx context.Context, p *project.Project, id int64) (letter *delivery.DeadLetter, err error) {
	s, err := o.store(ctx, p)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	list, err := delivery.Show(ctx, s, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("there is no dead letter %d; `dead-letter list` shows them", id)
	}
	return &list[0], nil
}

// explained puts the batch's one message through the flow.
func explained(ctx context.Context, flow *bundle.Flow, p *project.Project, batch *contract.Batch) (report *explain.Report, err error) {
	var diags source.Diagnostics
	resolved := p.Settle(ctx, flow.Requirements(), &diags)
	if err := diags.Err(); err != nil {
		return nil, err
	}
	m, instances, err := load(ctx, flow, p, resolved)
	if m != nil {
		defer func() { err = errors.Join(err, m.Close(context.WithoutCancel(ctx))) }()
	}
	if err != nil {
		return nil, err
	}
	instance, err := instances.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer instances.Release(instance)
	result, err := instance.Process(ctx, batch)
	if err != nil {
		return nil, err
	}
	return explain.Explain(&explain.Input{Manifest: flow.Manifest, Vars: varBytes(resolved), Batch: batch, Result: result}, 0), nil
}

// print writes the report. Variables may hold secrets.
func (m *messageOptions) print(out io.Writer, p *project.Project, report *explain.Report) error {
	return printReport(out, report, m.json, p.Redact)
}
