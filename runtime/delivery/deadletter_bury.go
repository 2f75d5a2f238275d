package delivery

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// buried are the columns that a new letter has.
var buried = []string{
	"project", "flow", "output", "step", "code", "error", "field", "source", "at", "payload",
	"partition", "line", "now", "meta", "sensitive",
}

// Bury writes dead letters to the table. (rule 8)
func (c *Commit) Bury(ctx context.Context, letters []DeadLetter) error {
	if len(letters) == 0 {
		return nil
	}
	_, err := c.Tx.CopyFrom(ctx, c.ledger.store.Schema.Table("dead_letter"), buried,
		pgx.CopyFromSlice(len(letters), func(i int) ([]any, error) {
			d := &letters[i]
			return []any{
				c.ledger.store.Project, d.Flow, null(d.Output), null(d.Step), d.Code, text(d.Error), null(d.Field), text(d.Source), d.At, d.Payload,
				null(d.Partition), number(d.Line), d.Now, d.Meta, d.Sensitive,
			}, nil
		}))
	return passing(err)
}

func number(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

func null(s string) *string {
	if s == "" {
		return nil
	}
	s = text(s)
	return &s
}

// text is what a column of Postgres holds: UTF-8 without U+0000. A file's name
// needn't be that.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}
