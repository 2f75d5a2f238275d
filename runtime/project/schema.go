package project

import (
	"net"
	"regexp"
	"strconv"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/runtime/store/schema"
)

// ProjectOptions declare weavster.yaml. The runtime's own come later: a
// profile and templates have a say in them.
var ProjectOptions = syntax.Options{
	{Name: "name", Type: syntax.Text, Required: true, Doc: "the project's name"},
	{Name: "version", Type: syntax.Text, Doc: "the project's version"},
	{Name: "vars", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Any}, Doc: "values for the variables that flows declare"},
	{Name: "tables", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Record, Fields: tableOptions}, Doc: "lookup tables that are read when a flow starts"},
	{Name: "runtime", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Any}, Doc: "how flows are run"},
}

var tableOptions = syntax.Options{
	{Name: "path", Type: syntax.Text, Required: true, Doc: "a file of CSV with a header (.csv), or of JSON: an array of objects (.json), or one a line (.jsonl); from the project's folder"},
}

// ProfileOptions declare one profile of profiles.yaml.
var ProfileOptions = syntax.Options{
	{Name: "runtime", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Any}, Doc: "settings in place of those in weavster.yaml"},
	{Name: "vars", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Any}, Doc: "values in place of those in weavster.yaml"},
	{Name: "connectors", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Any}},
		Doc: "options in place of those in connectors/, by the connector's name"},
}

// RuntimeOptions declare `runtime:`.
var RuntimeOptions = syntax.Options{
	{Name: "database", Type: syntax.Text, Default: "embedded", Doc: "`embedded`, a Postgres of the project's own, or a URL"},
	{Name: "schema", Type: syntax.Text, Default: string(schema.Default), Doc: "the schema of that database that holds the project's state"},
	{Name: "workers", Type: syntax.Integer, Default: "0", Doc: "how many batches are processed at once; 0: one a core"},
	{Name: "limits", Type: syntax.Record, Fields: limitOptions, Doc: "what one flow, or one message, may take"},
	{Name: "admin", Type: syntax.Text, Default: "127.0.0.1:9600", Doc: "reserved for health, metrics and status; nothing listens there yet"},
	{Name: "http", Type: syntax.Text, Default: "127.0.0.1:8080", Doc: "reserved for messages that come by HTTP; nothing listens there yet"},
}

var limitOptions = syntax.Options{
	{Name: "memory", Type: syntax.Size, Default: "256MiB", Doc: "of one instance of a flow's module"},
	{Name: "time", Type: syntax.Integer, Default: "100", Doc: "the units of work a message may use, in millions: a fixed number, so that a replay fails where the first run did"},
	{Name: "message", Type: syntax.Size, Default: "1MiB", Doc: "how long a message may be"},
}

// Runtime is how a project's flows are run.
type Runtime struct {
	Database Hidden // "embedded", or a URL
	Schema   string // in it, of the project's state
	Workers  int    // 0: one a core
	Memory   int64  // bytes of an instance
	Time     int    // contract.TickUnits of work of a message
	Message  int64  // bytes of a message
	Admin    string
	HTTP     string
}

// Hidden is text that may hold a password: it prints as ***.
type Hidden struct{ text string }

// Reveal is the text itself.
func (h Hidden) Reveal() string { return h.text }

// String hides the text.
func (h Hidden) String() string { return "***" }

// GoString hides the text from %#v.
func (h Hidden) GoString() string { return "***" }

// MarshalText hides the text from logs and JSON.
func (h Hidden) MarshalText() ([]byte, error) { return []byte("***"), nil }

func decodeRuntime(n *syntax.Node, diags *source.Diagnostics) Runtime {
	f := RuntimeOptions.Decode(n, "runtime", diags)
	limits := f.Record("limits")
	r := Runtime{
		Database: Hidden{f.Text("database")}, Schema: f.Text("schema"), Workers: int(f.Integer("workers")),
		Memory: limits.Size("memory"), Time: int(limits.Integer("time")), Message: limits.Size("message"),
		Admin: f.Text("admin"), HTTP: f.Text("http"),
	}
	if n := f.Get("database"); n != nil && n.Text != "embedded" && !databaseURL.MatchString(n.Text) {
		// The text may hold a password, so it isn't shown.
		n.Errorf(diags, source.BadValue, "\"database\" has to be `embedded`, or a URL such as postgres://user:password@host:5432/name")
	}
	if n := f.Get("schema"); n != nil && !schema.Valid(n.Text) {
		n.Errorf(diags, source.BadValue, "%q can't be a schema's name: that is %s", n.Text, schema.Rule)
	}
	address(f, "admin", diags)
	address(f, "http", diags)
	inRange(f, "workers", 0, 1024, diags)
	inRange(limits, "time", 1, 1_000_000, diags)
	atLeast(limits, "memory", 1<<20, "1MiB", diags)
	atLeast(limits, "message", 1, "1", diags)
	return r
}

var databaseURL = regexp.MustCompile(`^postgres(ql)?://.`)

func address(f *syntax.Fields, name string, diags *source.Diagnostics) {
	n := f.Get(name)
	if n == nil {
		return
	}
	_, port, err := net.SplitHostPort(n.Text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		n.Errorf(diags, source.BadValue, "%q has to be an address and a port such as 127.0.0.1:9600, not %q", name, n.Text)
	}
}

func inRange(f *syntax.Fields, name string, low, high int64, diags *source.Diagnostics) {
	if n := f.Get(name); n != nil && (f.Integer(name) < low || f.Integer(name) > high) {
		n.Errorf(diags, source.BadValue, "%q has to be from %d to %d", name, low, high)
	}
}

func atLeast(f *syntax.Fields, name string, low int64, text string, diags *source.Diagnostics) {
	if n := f.Get(name); n != nil && f.Size(name) < low {
		n.Errorf(diags, source.BadValue, "%q has to be at least %s", name, text)
	}
}
