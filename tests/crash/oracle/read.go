package oracle

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// Table is the table as `create` makes it, for rows of n, key and sum. Its
// rows are numbered in the order in which they arrive.
func Table(name, extra string) string {
	return fmt.Sprintf("create table %s (arrived bigint generated always as identity, n bigint, key text, sum text, %s)", name, extra)
}

// ReadTable gives a table's rows in the order in which they arrived.
func ReadTable(ctx context.Context, conn *pgx.Conn, name string) ([]Row, error) {
	rows, err := conn.Query(ctx, "select n, key, sum from "+name+" order by arrived")
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Row])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return list, nil
}

// ReadFile gives a file's rows. A line that isn't one is an error: half a row
// is never left in a file.
func ReadFile(name string) ([]Row, error) {
	var list []Row
	err := eachLine(name, func(line []byte) error {
		var r struct {
			N   *int
			Key string
			Sum string
		}
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		if r.N == nil {
			return errors.New("it has no n")
		}
		list = append(list, Row{*r.N, r.Key, r.Sum})
		return nil
	})
	return list, err
}

func eachLine(name string, f func([]byte) error) error {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return fmt.Errorf("%s: its last line has no end", name)
	}
	for i, line := range bytes.Split(bytes.TrimSuffix(text, []byte{'\n'}), []byte{'\n'}) {
		if len(text) == 0 {
			break
		}
		if err := f(line); err != nil {
			return fmt.Errorf("%s:%d: %w: %.200s", name, i+1, err, line)
		}
	}
	return nil
}

// ReadLetters gives a flow's dead letters.
func ReadLetters(ctx context.Context, conn *pgx.Conn, flow string) ([]Letter, error) {
	rows, err := conn.Query(ctx, "select coalesce(output, ''), source, payload from weavster.dead_letter where flow = $1 order by id", flow)
	if err != nil {
		return nil, err
	}
	list := []Letter{}
	var l Letter
	var payload []byte
	_, err = pgx.ForEachRow(rows, []any{&l.Output, &l.Source, &payload}, func() error {
		l.N, l.Payload = number(payload), string(payload)
		list = append(list, l)
		return nil
	})
	return list, err
}

// ReadLetterFile gives the dead letters that a file connector got.
func ReadLetterFile(name string) ([]Letter, error) {
	list := []Letter{}
	err := eachLine(name, func(line []byte) error {
		var l struct {
			Output, Source, Payload string
			Base64                  string `json:"payload_base64"`
		}
		if err := json.Unmarshal(line, &l); err != nil {
			return err
		}
		if l.Base64 != "" {
			payload, err := base64.StdEncoding.DecodeString(l.Base64)
			if err != nil {
				return err
			}
			l.Payload = string(payload)
		}
		list = append(list, Letter{number([]byte(l.Payload)), l.Output, l.Source, l.Payload})
		return nil
	})
	return list, err
}

// number is what a message's bytes say it is, also where they are cut.
func number(payload []byte) int {
	rest, ok := bytes.CutPrefix(payload, []byte(`{"n":`))
	digits, _, found := bytes.Cut(rest, []byte{','})
	n, err := strconv.Atoi(string(digits))
	if !ok || !found || err != nil {
		return -1
	}
	return n
}
