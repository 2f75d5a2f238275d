package compile

import (
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/syntax"
)

// FlowOptions are the keys of a flow's file.
var FlowOptions = syntax.Options{
	{Name: "description", Type: syntax.Text, Doc: "What the flow is for, in a sentence."},
	{Name: "tags", Type: syntax.Texts, Doc: "Words by which commands select flows: `--select tag:sales`."},
	{Name: "input", Type: syntax.Text, Required: true, Doc: "The connector that messages come from: `file.orders` is the key `orders` of connectors/file.yaml."},
	{Name: "schema", Type: syntax.Text, Doc: "A JSON Schema of the messages, by its path in the project: schemas/orders.json. Fields and kinds are checked against it when the flow is compiled; messages aren't, when they come."},
	{Name: "vars", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Record, Fields: VarOptions}, Doc: "Variables that the project answers when the flow starts."},
	{Name: "tables", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Record, Fields: TableOptions}, Doc: "Tables that the project gives when the flow starts, and what is to be said of those that are compiled in: these need no mention."},
	{Name: "sensitive", Type: syntax.Texts, Doc: "Paths of fields that are masked wherever messages are shown."},
	{Name: "order", Type: syntax.Enum, Values: []string{"none", "key", "source"}, Default: "none", Doc: "Which messages keep their order, at each output, also where some are tried again: none, those of one key, or those of one source, which is a file, a partition of a topic, a bridge."},
	{Name: "key", Type: syntax.Text, Doc: "Of `order: key`: the path of the field that is the key, in messages as they are read. Those that lack it, or where it is null, are of one key. Default: the key that the input gives each message, where it does."},
	{Name: "transforms", Type: syntax.Sequence, Doc: "What is done to each message, in order."},
	{Name: "route", Type: syntax.Enum, Values: []string{"all", "first"}, Default: "all", Doc: "A message goes to every output whose `when` holds, or to the first of them."},
	{Name: "unmatched", Type: syntax.Enum, Values: []string{"dead_letter", "discard"}, Default: "dead_letter", Doc: "What becomes of a message that no output takes."},
	{Name: "outputs", Type: syntax.Sequence, Required: true, Doc: "Where messages go."},
	{Name: "errors", Type: syntax.Record, Fields: ErrorOptions, Doc: "What is done when an output is away, or refuses a message."},
}

// VarOptions declare one of a flow's variables.
var VarOptions = syntax.Options{
	{Name: "type", Type: syntax.Enum, Values: []string{"string", "int", "float", "decimal", "bool"}, Required: true, Doc: "The kind of its value."},
	{Name: "default", Type: syntax.Any, Doc: "Its value where the project gives none. Without it, the project has to."},
}

// TableOptions declare one of a flow's tables.
var TableOptions = syntax.Options{
	{Name: "key", Type: syntax.TextOrTexts, Doc: "The column, or the columns, that rows are found by. Default, of a CSV file that is compiled in: its first column. Others have to say it."},
	{Name: "columns", Type: syntax.Any, Doc: "The other columns that the flow uses: a list of names, or a mapping of names to types (" + strings.Join(contract.ColumnTypes, ", ") +
		"). A cell of a type is null where CSV has nothing. A table that is compiled in need not list them."},
}

// OutputOptions are the keys of one output.
var OutputOptions = syntax.Options{
	{Name: "to", Type: syntax.Text, Required: true, Doc: "The connector that messages go to."},
	{Name: "when", Type: syntax.Any, Doc: "An expression; the output takes the messages for which it holds. Default: all."},
	{Name: "otherwise", Type: syntax.Bool, Default: "false", Doc: "The output takes the messages that no other one takes."},
	{Name: "transforms", Type: syntax.Sequence, Doc: "Transforms for this output alone; the others see nothing of them."},
}

// ErrorOptions are the keys of `errors:`.
var ErrorOptions = syntax.Options{
	{Name: "unavailable", Type: syntax.Record, Doc: "An output is away: wait and try again. No message is lost or dead-lettered for it.", Fields: syntax.Options{
		{Name: "retry", Type: syntax.Text, Default: forever, Doc: "How often to try again: a number, or `forever`."},
		{Name: "backoff", Type: syntax.Record, Doc: "How long to wait between two tries; the wait doubles from min to max.", Fields: syntax.Options{
			{Name: "min", Type: syntax.Duration, Default: "1s", Doc: "The first wait."},
			{Name: "max", Type: syntax.Duration, Default: "5m", Doc: "The longest wait."},
		}},
	}},
	{Name: "rejected", Type: syntax.Record, Doc: "An output refuses this message.", Fields: syntax.Options{
		{Name: "retry", Type: syntax.Integer, Default: "0", Doc: "How often to try again before it is a dead letter."},
		{Name: "dead_letter", Type: syntax.Text, Doc: "A connector that dead letters go to, beside the table that keeps them."},
	}},
}

const forever = "forever"
