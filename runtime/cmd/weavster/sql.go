package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"
)

func newSQL(w *workspace) *cobra.Command {
	var asJSON, asCSV bool
	command := &cobra.Command{
		Use:     `sql "STATEMENTS"`,
		Short:   "Ask the project's database",
		Example: `  weavster sql "select flow, code, count(*) from weavster.dead_letter group by 1, 2"`,
		Args:    oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error {
			var p printer = &tablePrinter{w: cmd.OutOrStdout()}
			switch {
			case asJSON && asCSV:
				return usageError{errors.New("--json and --csv can't be had at once")}
			case asJSON:
				p = &jsonPrinter{w: cmd.OutOrStdout()}
			case asCSV:
				p = newCSVPrinter(cmd.OutOrStdout())
			}
			return w.sql(cmd.Context(), args[0], p)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print rows as JSON objects, one a line")
	command.Flags().BoolVar(&asCSV, "csv", false, "print rows as CSV")
	return command
}

func (w *workspace) sql(ctx context.Context, text string, p printer) (err error) {
	_, s, err := w.database(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	conn, err := s.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	results := conn.PgConn().Exec(ctx, text)
	for results.NextResult() {
		if err := printResult(results.ResultReader(), p); err != nil {
			return errors.Join(err, results.Close())
		}
	}
	return sqlError(text, results.Close())
}

func printResult(r *pgconn.ResultReader, p printer) error {
	fields := r.FieldDescriptions()
	if len(fields) > 0 {
		if err := p.begin(fields); err != nil {
			return err
		}
	}
	for r.NextRow() {
		if err := p.row(r.Values()); err != nil {
			return err
		}
	}
	tag, err := r.Close()
	if err != nil {
		return nil // the whole answer's Close says it too
	}
	return p.end(tag)
}

// sqlError is what Postgres says, with the place in the statement.
func sqlError(text string, err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	sentence := fmt.Sprintf("%s (SQLSTATE %s)", pg.Message, pg.Code)
	if pg.Position > 0 {
		before := []rune(text)[:min(int(pg.Position)-1, len([]rune(text)))]
		line := strings.Count(string(before), "\n") + 1
		column := len(before) - strings.LastIndex(string(before), "\n")
		sentence = fmt.Sprintf("line %d, column %d: %s", line, column, sentence)
	}
	if pg.Hint != "" {
		sentence += "; " + pg.Hint
	}
	return errors.New(sentence)
}
