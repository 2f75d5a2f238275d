package contract

// Lineage says where each output's fields come from. The compiler reads it off
// the program and writes it beside the manifest, as lineage.json. It claims
// rather too much than too little: where it can't be told which field is read,
// all are named that may be. docs/lineage.md says what to make of it.
//
// Paths are written as flows write them, but that `items[].sku` stands for any
// item, and `prices.*` for a field of any name; "" is the whole message.
type Lineage struct {
	Flow    string          `json:"flow"`
	Outputs []OutputLineage `json:"outputs"`
	// Tables are those that the flow looks up, once for each key.
	Tables []TableLineage `json:"tables,omitempty"`
}

// TableLineage is a table as a flow looks it up.
type TableLineage struct {
	Name     string   `json:"name"`
	Key      []string `json:"key"`
	Columns  []string `json:"columns"`
	Compiled bool     `json:"compiled,omitempty"` // into the module; else it is read when the flow starts
}

// OutputLineage is that of the messages that one output gets.
type OutputLineage struct {
	Output string `json:"output"` // the connector
	// Fields are those that aren't simply what the field around them says, by
	// path. A field that isn't listed comes from where the nearest one around
	// it does: of what is copied, from the field of its own name therein.
	Fields []FieldLineage `json:"fields"`
	// Absent are fields that the message may have had and the output hasn't.
	Absent []string `json:"absent,omitempty"`
	// Control is what decides whether a message comes here: filters, conditions
	// of outputs, how often it is split, errors that discard it.
	Control []LineageSource `json:"control,omitempty"`
	// Errors is what a message may fail of before it comes here.
	Errors []LineageSource `json:"errors,omitempty"`
	// Dropped are fields that the flow names, of the message as it came, whose
	// values don't come here in any form. They may still decide something.
	Dropped []string `json:"dropped,omitempty"`
	// Sensitive are the flow's sensitive fields that come here in some form.
	Sensitive []SensitiveLineage `json:"sensitive,omitempty"`
}

// FieldLineage is that of a field, and of what is in it unless that is listed.
// Without sources it is an object or array that the flow makes.
type FieldLineage struct {
	Path    string          `json:"path"`
	Sources []LineageSource `json:"sources,omitempty"`
}

// A LineageSource is something that a value comes from.
type LineageSource struct {
	Kind string `json:"kind"`
	// Name is the field's path, the constant's JSON, or the name of the
	// variable, metadata or table.
	Name   string `json:"name,omitempty"`
	Column string `json:"column,omitempty"` // of a table; empty: whether there is a row
	How    string `json:"how"`
	// Except are fields in the named one that aren't meant.
	Except []string `json:"except,omitempty"`
}

// The kinds of sources.
const (
	FromField    = "field"    // of the message as it came
	FromMeta     = "meta"     // of the message's metadata
	FromVariable = "variable" // answered when the flow starts
	FromTable    = "table"
	FromConstant = "constant"
	FromTime     = "time"     // the batch's
	FromIdentity = "identity" // of who the message is: see Batch.Origin
)

// How a value comes from a source.
const (
	Copied  = "copied"  // as it is, with all that is in it
	Derived = "derived" // computed, or taken from a place that isn't known ahead
	Control = "control" // it decides what is done, or whether
)

// SensitiveLineage is a sensitive field, and where it comes out.
type SensitiveLineage struct {
	Field   string  `json:"field"`
	Reaches []Reach `json:"reaches"`
}

// Reach is a field of the output, and how another comes into it.
type Reach struct {
	Path string `json:"path"`
	How  string `json:"how"`
}
