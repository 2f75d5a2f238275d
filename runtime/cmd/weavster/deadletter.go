package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/runtime/delivery"
	"github.com/weavster/weavster/runtime/store"
)

func newDeadLetter(w *workspace) *cobra.Command {
	command := &cobra.Command{
		Use:   "dead-letter",
		Short: "Look at messages that failed",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(newDeadLetterList(w), newDeadLetterShow(w))
	return command
}

func newDeadLetterList(w *workspace) *cobra.Command {
	var flow string
	var limit int
	var asJSON bool
	command := &cobra.Command{
		Use:   "list",
		Short: "List dead letters, the newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return w.letters(cmd.Context(), func(ctx context.Context, s *store.Store) error {
				list, err := delivery.List(ctx, s, flow, limit)
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(cmd.OutOrStdout(), list)
				}
				return writeLetters(cmd.OutOrStdout(), list)
			})
		},
	}
	command.Flags().StringVar(&flow, "flow", "", "only those of this `flow`")
	command.Flags().IntVar(&limit, "limit", 20, "at most `n`")
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON, payloads included, one letter a line")
	return command
}

func newDeadLetterShow(w *workspace) *cobra.Command {
	var asJSON, payload bool
	command := &cobra.Command{
		Use:   "show ID",
		Short: "Show one dead letter with its original bytes",
		Args:  oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return usageError{fmt.Errorf("%q isn't the number of a dead letter; `dead-letter list` shows them", args[0])}
			}
			return w.letters(cmd.Context(), func(ctx context.Context, s *store.Store) error {
				list, err := delivery.Show(ctx, s, id)
				switch {
				case err != nil:
					return err
				case len(list) == 0:
					return fmt.Errorf("there is no dead letter %d; `dead-letter list` shows them", id)
				case payload:
					_, err := cmd.OutOrStdout().Write(list[0].Payload)
					return err
				case asJSON:
					return writeJSON(cmd.OutOrStdout(), list)
				}
				return writeLetter(cmd.OutOrStdout(), &list[0])
			})
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	command.Flags().BoolVar(&payload, "payload", false, "print the original bytes alone")
	command.MarkFlagsMutuallyExclusive("json", "payload")
	return command
}

// letters opens the project's database for a question about dead letters.
func (w *workspace) letters(ctx context.Context, ask func(context.Context, *store.Store) error) (err error) {
	_, s, err := w.database(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return ask(ctx, s)
}

func writeJSON(w io.Writer, list []delivery.DeadLetter) error {
	for _, letter := range list {
		text, err := json.Marshal(letter)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n", text); err != nil {
			return err
		}
	}
	return nil
}

func writeLetters(w io.Writer, list []delivery.DeadLetter) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "no dead letters")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tFLOW\tWHERE\tCODE\tSOURCE\tERROR")
	for i := range list {
		d := &list[i]
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\n", d.ID, oneLine(d.Flow), oneLine(where(d)), d.Code, oneLine(d.Source), oneLine(d.Error))
	}
	return t.Flush()
}

// where is the step or output at which a message failed.
func where(d *delivery.DeadLetter) string {
	switch {
	case d.Step != "" && d.Output != "":
		return d.Output + ", " + d.Step
	case d.Step != "":
		return d.Step
	case d.Output != "":
		return d.Output
	}
	return "input"
}

func writeLetter(w io.Writer, d *delivery.DeadLetter) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range [][2]string{
		{"id", strconv.FormatInt(d.ID, 10)}, {"flow", d.Flow}, {"output", d.Output}, {"step", d.Step}, {"code", d.Code},
		{"error", d.Error}, {"field", d.Field}, {"source", d.Source}, {"at", d.At.UTC().Format(time.RFC3339)},
	} {
		if line[1] != "" {
			fmt.Fprintf(t, "%s\t%s\n", line[0], oneLine(line[1]))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", d.Payload)
	return err
}
