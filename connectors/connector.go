// Package connectors is what the engine knows of the outside: kinds of
// connectors with their options, sources that give batches of messages, and
// sinks that take rows.
package connectors

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// A Role is what a connector is used as. Roles are bits of a set.
type Role uint8

// The roles. A flow's dead letters go to a Writer too.
const (
	Reader Role = 1 << iota
	Writer
)

// String is the role as a sentence names it.
func (r Role) String() string {
	switch r {
	case Reader:
		return "input"
	case Writer:
		return "output"
	}
	return "connector"
}

// A Spec is a kind of connector: what `type:` names.
type Spec struct {
	Name    string
	Doc     string
	Roles   Role
	Options syntax.Options // `type` is not among them
	// Check reports what the table of options can't say. The role is 0 where
	// no flow uses the connector.
	Check func(f *syntax.Fields, role Role, diags *source.Diagnostics)
	// Promises are what the kind brings to the guarantee of a flow.
	Promises []Promise
	// Feeds says whether what an output writes is read by an input, both of
	// this kind: a flow of the two would never end. Nil: that can't be.
	Feeds func(folder string, in, out *syntax.Fields) bool
	// OpenSource and OpenSink are nil for a role that the kind lacks.
	OpenSource func(ctx context.Context, c Config) (Source, error)
	OpenSink   func(ctx context.Context, c Config) (Sink, error)
}

// Decode checks a connector's mapping, `type` included, against the table,
// and reports whatever is wrong with it. Name is the connector's: `file.orders`.
func (s *Spec) Decode(n *syntax.Node, name string, role Role, diags *source.Diagnostics) *syntax.Fields {
	kind := syntax.Option{Name: "type", Type: syntax.Text, Required: true, Doc: "the kind of connector"}
	options := append(syntax.Options{kind}, s.Options...)
	f := options.Decode(n, "connector "+name, diags)
	if role != 0 && s.Roles&role == 0 {
		f.Node.Errorf(diags, source.BadValue, "connector %s can't be an %s: its type is %s", name, role, s.Name)
		return f
	}
	if s.Check != nil {
		s.Check(f, role, diags)
	}
	return f
}

// A Config is one connector of a project, ready to be opened.
type Config struct {
	Name       string         // `file.orders`
	Project    string         // the project's name, and the flow's: what is kept of
	Flow       string         // the connector in the state is under both
	Options    *syntax.Fields // as Decode gave them, without errors
	Folder     string         // the project's; relative paths start there
	Database   string         // the URL of the database that holds the project's state
	Schema     string         // of that state, in the database
	Meta       bool           // the flow reads metadata
	MaxMessage int            // the bytes a message may have; longer ones are refused
}

// A Position is a place in a partition of a source, as JSON. What it says is
// the connector's alone. It stands in a jsonb column: positions are equal if
// their JSON values are.
type Position = json.RawMessage

// A Source gives the messages of one connector, partition by partition, each
// partition in order.
type Source interface {
	// Seek says where each partition's last committed batch ended. It is
	// called once, before the first Read. A place that isn't there any more,
	// because a file was cut or replaced, is an error.
	Seek(ctx context.Context, ends map[string]Position) error
	// Read gives the next batch, and io.EOF after the last of a source that
	// has an end. It may be called while batches are still held, and returns
	// soon after the context is done.
	Read(ctx context.Context) (*Batch, error)
	Close() error
}

// A Batch is a run of messages of one partition, with the place where it
// began and the place where it ended.
type Batch struct {
	contract.Batch
	Partition string
	From, To  Position // From is nil at the partition's very beginning
	// File and Lines say where each message is from, for people: a path as
	// it was configured, and for each message a number from 1. No two messages
	// of a partition have the same number, and a message has the same one
	// however it is batched: identifiers are made of it.
	File  string
	Lines []int64
	// Refused are messages that can't be handed to a flow: too long, or not
	// of the source's format. They count as read.
	Refused []Refused

	// Receipt is how a batch of the flow's inbox is settled, which has no place
	// in a source. Nil: the checkpoint moves from From to To.
	Receipt Receipt
	// Only is the output that the batch is for, where it is tried again or
	// replayed for one of them; "" is all.
	Only string
	// Result is what the flow has made of the batch already; nil: nothing yet.
	// Attempt is how often its rows were refused.
	Result  *contract.Result
	Attempt int

	release func()
}

// A Receipt is held for a batch that was taken out of the durable queue. It is
// settled once.
type Receipt interface {
	// Settle takes the batch out of the queue, in the transaction that makes
	// its outcome durable. It is an error if somebody else took it over.
	Settle(ctx context.Context, tx pgx.Tx) error
	// Return gives an unsettled batch back, so that whoever runs the flow next
	// needn't wait for it. After Settle it does nothing.
	Return()
}

// A Refused message never reached the flow.
type Refused struct {
	Bytes  []byte // the message, or its beginning where Detail says so
	Line   int64
	Code   contract.ErrorCode
	Detail string
}

// Read is how many messages the batch stands for.
func (b *Batch) Read() int { return b.Len() + len(b.Refused) }

// OnRelease sets what Release calls: a source takes its buffers back.
func (b *Batch) OnRelease(f func()) { b.release = f }

// Release says that nobody looks at the batch any more. The engine calls it
// once, after the batch was committed.
func (b *Batch) Release() {
	if b.release != nil {
		f := b.release
		b.release = nil
		f()
	}
}

// A Mark is a place up to which a sink's output is durable, as JSON. It is
// committed with the checkpoint that it belongs to.
type Mark = json.RawMessage

// A Sink takes rows. It isn't used by two goroutines at once.
type Sink interface {
	// Resource names what is written, so that two flows that would cut each
	// other's rows off are refused; "" where sharing does no harm.
	Resource() string
	// Reset goes back to a committed mark and undoes whatever was written
	// after it. A nil mark is the first start: what is there already stays.
	// It returns the mark to commit before the first row is written, or nil
	// from sinks without marks. Reset is called before the first Write, and
	// again after a commit that failed.
	Reset(ctx context.Context, mark Mark) (Mark, error)
	// Write takes the rows in order. Rows that can't be taken are returned,
	// in ascending order; the others are written all the same. An error says
	// that nobody knows what was written: Unavailable if waiting may help.
	Write(ctx context.Context, rows *contract.Rows) ([]Rejection, error)
	// Flush returns when all rows written are durable, with a mark for that
	// place, or nil from sinks without marks.
	Flush(ctx context.Context) (Mark, error)
	Close() error
}

// A TxSink is a sink that may be in the same database as the project's state.
// Then its rows are committed with the checkpoint, or not at all.
type TxSink interface {
	Sink
	// Joins says whether it is the same database, whatever the URLs look like.
	Joins(ctx context.Context, tx pgx.Tx) (bool, error)
	// WriteTx is Write within a transaction.
	WriteTx(ctx context.Context, tx pgx.Tx, rows *contract.Rows) ([]Rejection, error)
}

// An Identified sink may write who each row is, so that whoever receives rows
// twice can tell.
type Identified interface {
	Sink
	// Identifies says whether it does: then every Write comes with Rows.IDs.
	Identifies() bool
}

// A Rejection is a row that a sink refuses.
type Rejection struct {
	Row int // its index
	// Later says that the row may be taken later, as it is, where that depends
	// on something else: a foreign key whose row isn't there yet. Without it,
	// trying again doesn't help.
	Later  bool
	Field  string // the column or field that it is about, or ""
	Detail string // a sentence, without values
}
