package delivery

import (
	"context"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/weavster/weavster/connectors/format"
	"github.com/weavster/weavster/runtime/store"
)

// A DeadLetter is a message, or its way to one output, that failed. (rule 8)
type DeadLetter struct {
	ID      int64     // of the table
	Flow    string    //
	Output  string    // the connector, or "" where all of the message failed
	Step    string    // the transform's id, or ""
	Code    string    // W1101 missing
	Error   string    // a sentence
	Field   string    // the field or column that the error is about, or ""
	Source  string    // where the message was read: data/orders.jsonl:17
	At      time.Time // when
	Payload []byte    // the message as it was read

	// What a replay needs so that the message is the same again: its place in
	// the input, the time that the flow saw, its metadata. Line is 0 where the
	// source refused what it read: no message came of it.
	Partition string
	Line      int64
	Now       time.Time
	Meta      []byte // a JSON object, or nil
	// Sensitive are the JSON pointers of what is masked where the message is shown.
	Sensitive []string

	State    State
	Settled  time.Time // zero while it isn't
	Attempts int       // how often it was replayed
}

// A State is what became of a dead letter.
type State string

// The states. StateReplaying is one whose message waits in the flow's inbox.
const (
	StateOpen      State = "open"
	StateReplaying State = "replaying"
	StateReplayed  State = "replayed"
	StateDropped   State = "dropped"
)

// AppendJSON appends the letter as a JSON object. The payload is text where
// it is UTF-8, which JSON keeps to the byte; else it is in base64.
func (d *DeadLetter) AppendJSON(b []byte) []byte {
	separator := byte('{')
	add := func(name, value string) {
		if value == "" {
			return
		}
		b = format.AppendString(append(b, separator), name)
		b = format.AppendString(append(b, ':'), value)
		separator = ','
	}
	add("flow", d.Flow)
	add("output", d.Output)
	add("step", d.Step)
	add("code", d.Code)
	add("error", strings.ToValidUTF8(d.Error, "\ufffd"))
	add("field", strings.ToValidUTF8(d.Field, "\ufffd"))
	add("source", strings.ToValidUTF8(d.Source, "\ufffd"))
	add("at", d.At.UTC().Format(time.RFC3339Nano))
	if utf8.Valid(d.Payload) {
		b = format.AppendString(append(b, `,"payload":`...), d.Payload)
	} else {
		text, err := json.Marshal(d.Payload) // bytes are base64
		if err != nil {
			panic(err) // bytes always encode
		}
		b = append(append(b, `,"payload_base64":`...), text...)
	}
	return append(b, '}')
}

// MarshalJSON is AppendJSON with the letter's number.
func (d DeadLetter) MarshalJSON() ([]byte, error) {
	id, err := json.Marshal(d.ID)
	if err != nil {
		return nil, err
	}
	b := append([]byte(`{"id":`), id...)
	rest := d.AppendJSON(nil)
	return append(append(b, ','), rest[1:]...), nil
}

const selectLetters = `select id, flow, coalesce(output, ''), coalesce(step, ''), code, error, coalesce(field, ''), source, at, payload,
		coalesce(partition, ''), coalesce(line, 0), coalesce(now, at), meta, sensitive, state, settled, attempts
	from weavster.dead_letter where project = $1 `

// List gives a project's dead letters, the newest first; of one flow, unless
// flow is "".
func List(ctx context.Context, s *store.Store, flow string, limit int) ([]DeadLetter, error) {
	return letters(ctx, s, selectLetters+"and ($2 = '' or flow = $2) order by id desc limit $3", s.Project, flow, limit)
}

// Show gives one dead letter, or none.
func Show(ctx context.Context, s *store.Store, id int64) ([]DeadLetter, error) {
	return letters(ctx, s, selectLetters+"and id = $2", s.Project, id)
}

func letters(ctx context.Context, s *store.Store, sql string, args ...any) ([]DeadLetter, error) {
	rows, err := s.Pool().Query(ctx, s.SQL(sql), args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (DeadLetter, error) {
		var d DeadLetter
		var settled *time.Time
		err := row.Scan(&d.ID, &d.Flow, &d.Output, &d.Step, &d.Code, &d.Error, &d.Field, &d.Source, &d.At, &d.Payload,
			&d.Partition, &d.Line, &d.Now, &d.Meta, &d.Sensitive, &d.State, &settled, &d.Attempts)
		if settled != nil {
			d.Settled = *settled
		}
		return d, err
	})
}
