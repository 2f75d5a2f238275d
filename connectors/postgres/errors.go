package postgres

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weavster/weavster/connectors"
)

// A verdict is what an error from Postgres means for the rows.
type verdict int

const (
	broken  verdict = iota // the configuration is wrong: the flow stops
	away                   // waiting helps
	refusal                // a row is at fault
)

// judge reads the class of an SQLSTATE.
// https://www.postgresql.org/docs/current/errcodes-appendix.html
func judge(err error) verdict {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return away // the connection itself
	}
	switch pg.Code[:2] {
	case "22", "23", "44", "P0": // data, constraints, views with check, triggers that raise
		return refusal
	case "08", "40", "53", "55", "57", "58": // connection, deadlock, resources, locks, shutdown, the system's
		return away
	}
	switch pg.Code {
	case "54000", // a row or index entry that is too large
		"21000": // two rows of an upsert have one key after all: one by one they go
		return refusal
	}
	return broken
}

// wrap makes an error of the server or connection what the engine expects.
func wrap(ctx context.Context, what string, err error) error {
	if err == nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	if judge(err) == away {
		return &connectors.Unavailable{What: what, Err: sentence(err)}
	}
	return fmt.Errorf("%s: %w", what, sentence(err))
}

// sentence is an error without what pgx puts around it: configuration and
// several addresses, of which passwords are a part.
func sentence(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return fmt.Errorf("%s (SQLSTATE %s)", pg.Message, pg.Code)
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		c := connect.Config
		text := err.Error()
		if i := strings.LastIndex(text, "): "); i >= 0 {
			text = text[i+3:]
		}
		if _, cause, ok := strings.Cut(text, "connect: "); ok {
			text = cause
		}
		return fmt.Errorf("no connection to %s:%d as %s: %s", c.Host, c.Port, c.User, strings.TrimSpace(text))
	}
	return err
}

// changeable says whether a row was refused for what else the database holds:
// rows of other tables, or of this one. Data that doesn't fit its column
// never will.
func changeable(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code {
	case "23502", "23514": // null, check: about the row alone
		return false
	}
	return pg.Code[:2] != "22" && pg.Code != "54000"
}

var copyLine = regexp.MustCompile(`(?m)^COPY .*?, line (\d+)(?:, column ([^:]+))?`)

// blame finds the line of a COPY that Postgres stopped at, from 0, or -1
// where it doesn't say, or says it in another language.
func blame(err error) (line int, column string) {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		if m := copyLine.FindStringSubmatch(pg.Where); m != nil {
			if n, err := strconv.Atoi(m[1]); err == nil {
				return n - 1, m[2]
			}
		}
	}
	return -1, ""
}

// reason is why Postgres refused a row, without the row's values.
func reason(err error) string {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err.Error()
	}
	message := pg.Message
	// Errors about data quote the value; those about constraints quote names.
	if first, last := strings.Index(message, `"`), strings.LastIndex(message, `"`); pg.Code[:2] == "22" && first < last {
		message = strings.TrimSuffix(strings.TrimSpace(message[:first]), ":") + message[last+1:]
	}
	return fmt.Sprintf("Postgres: %s (SQLSTATE %s)", message, pg.Code)
}
