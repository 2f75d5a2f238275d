package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/connectors/postgres"
	"github.com/weavster/weavster/runtime/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

func decode(options string) (*syntax.Fields, error) {
	var diags source.Diagnostics
	node := syntax.Parse(source.NewFile("connectors/postgres.yaml", []byte("type: postgres\n"+options)), &diags)
	f := postgres.Spec.Decode(node, "postgres.test", connectors.Writer, &diags)
	return f, diags.Err()
}

func config(t *testing.T, database, options string) connectors.Config {
	t.Helper()
	f, err := decode(options)
	if err != nil {
		t.Fatal(err)
	}
	return connectors.Config{Name: "postgres.test", Options: f, Database: database}
}

func open(t *testing.T, c connectors.Config) connectors.TxSink {
	t.Helper()
	s, err := postgres.Spec.OpenSink(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.(connectors.TxSink)
}

func exec(t *testing.T, url, sql string) {
	t.Helper()
	if _, err := storetest.Connect(t, url).Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func rows(lines ...string) *contract.Rows {
	var r contract.Rows
	for i, line := range lines {
		r.Data = append(r.Data, line...)
		r.Ends = append(r.Ends, uint32(len(r.Data)))
		r.Message = append(r.Message, uint32(i))
		r.Data = append(r.Data, '\n')
	}
	return &r
}

// write writes and commits rows, and tells the refused ones: "row field: why".
func write(t *testing.T, s connectors.Sink, lines ...string) []string {
	t.Helper()
	refused, err := s.Write(t.Context(), rows(lines...))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, r := range refused {
		list = append(list, fmt.Sprintf("%d %s: %s", r.Row, r.Field, r.Detail))
	}
	return list
}

const typed = `
table: sales.orders
create: true
columns:
  i: integer
  b: bigint
  n: numeric
  d: double precision
  t: text
  f: boolean
  z: timestamptz
  y: date
  j: jsonb
  u: uuid
`

func TestEachTypeTakesItsValues(t *testing.T) {
	url := storetest.URL(t)
	refused := write(t, open(t, config(t, url, typed)),
		`{"i":7,"b":9007199254740993,"n":1.100000000000000000000000000001,"d":0.1,"t":"a\tb\\c\nd\u00e9\"","f":true,"z":"2026-01-02T03:04:05+02:00","y":"2026-01-02","j":{"a":[1.10,null]},"u":"00000000-0000-0000-0000-000000000001","more":1}`,
		`{"i":-2.00,"n":1e3,"d":12,"t":1.10,"f":"yes","j":"text"}`,
		`{"t":{"a":[1]},"i":null,"j":null,"b":"12"}`,
		`{}`)
	if refused != nil {
		t.Errorf("refused %q", refused)
	}
	got := storetest.Query(t, url, `select concat_ws('|', i, b, n, d, t, f, z at time zone 'UTC', y, j, u) from sales.orders`)
	want := []string{
		"7|9007199254740993|1.100000000000000000000000000001|0.1|a\tb\\c\ndé\"|t|2026-01-02 01:04:05|2026-01-02|{\"a\": [1.10, null]}|00000000-0000-0000-0000-000000000001",
		`-2|1000|12|1.10|t|"text"`,
		`12|{"a":[1]}`,
		"",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestARowThatDoesntFitSaysWhyAndTheOthersGoOn(t *testing.T) {
	url := storetest.URL(t)
	refused := write(t, open(t, config(t, url, typed)),
		`{"i":1}`,
		`{"i":1.5}`,
		`{"i":"two"}`,
		`{"i":3000000000}`,
		`{"i":2}`,
		`{"i":true}`,
		`{"f":1}`,
		`{"z":"yesterday or so"}`,
		`{"z":7}`,
		`{"t":"a\u0000b"}`,
		`{"j":{"a":"\u0000"}}`,
		`{"n":""}`,
		`{"d":[1]}`,
		`[]`,
		`{"i":3}`)
	want := []string{
		`1 i: column "i", integer: a number with a fraction or exponent where an integer belongs`,
		`2 i: Postgres: invalid input syntax for type integer (SQLSTATE 22P02)`,
		`3 i: Postgres: value is out of range for type integer (SQLSTATE 22003)`,
		`5 i: column "i", integer: true or false where an integer belongs`,
		`6 f: column "f", boolean: a number where true or false belongs`,
		`7 z: Postgres: invalid input syntax for type timestamp with time zone (SQLSTATE 22007)`,
		`8 z: column "z", timestamp with time zone: a number where text belongs`,
		`9 t: column "t", text: text with the character U+0000, which Postgres can't hold`,
		`10 j: Postgres: unsupported Unicode escape sequence (SQLSTATE 22P05)`,
		`11 n: column "n", numeric: empty text where a number belongs`,
		`12 d: column "d", double precision: an object or list where a number belongs`,
		`13 : the row isn't a JSON object`,
	}
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := storetest.Query(t, url, "select i::text from sales.orders order by i"); !cmp.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("rows: %q", got)
	}
}

// Postgres' context of such an error begins with another "line 1".
func TestTheRightRowIsCondemned(t *testing.T) {
	url := storetest.URL(t)
	refused := write(t, open(t, config(t, url, "table: docs\ncreate: true\ncolumns: {n: int, j: jsonb}")),
		`{"n":1,"j":1}`, `{"n":2,"j":[1]}`, `{"n":3,"j":{"a":"\u0000"}}`, `{"n":4}`)
	if diff := cmp.Diff([]string{`2 j: Postgres: unsupported Unicode escape sequence (SQLSTATE 22P05)`}, refused); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := storetest.Query(t, url, "select n::text from docs order by n"); !cmp.Equal(got, []string{"1", "2", "4"}) {
		t.Errorf("rows: %q", got)
	}
}

// Constraints are looked at row by row, or, as foreign keys are, at the
// statement's end, where Postgres doesn't say which row it was.
func TestConstraintsRefuseRowsAlone(t *testing.T) {
	url := storetest.URL(t)
	exec(t, url, `create table customer (id int primary key); insert into customer values (1), (2);
		create table sale (id int primary key, customer int references customer, qty int check (qty > 0))`)
	var lines, want []string
	for i := range 40 {
		customer := 1 + i%2
		if i == 11 || i == 30 {
			customer = 9
			want = append(want, fmt.Sprintf(`%d : Postgres: insert or update on table "sale" violates foreign key constraint "sale_customer_fkey" (SQLSTATE 23503)`, i))
		}
		lines = append(lines, fmt.Sprintf(`{"id":%d,"customer":%d,"qty":1}`, i, customer))
	}
	lines = append(lines, `{"id":3,"customer":1,"qty":1}`, `{"id":100,"customer":1,"qty":0}`)
	want = append(want, `40 : Postgres: duplicate key value violates unique constraint "sale_pkey" (SQLSTATE 23505)`,
		`41 : Postgres: new row for relation "sale" violates check constraint "sale_qty_check" (SQLSTATE 23514)`)
	if diff := cmp.Diff(want, write(t, open(t, config(t, url, "table: sale")), lines...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := storetest.Query(t, url, "select count(*)::text from sale"); got[0] != "38" {
		t.Errorf("%s rows", got[0])
	}
}

func TestAWholeRowInOneColumn(t *testing.T) {
	url := storetest.URL(t)
	write(t, open(t, config(t, url, "table: raw\ncolumn: doc\ncreate: true")), `{"a":1.10,"b":"\\n"}`, `{"a":null}`)
	got := storetest.Query(t, url, "select doc::text from raw")
	if diff := cmp.Diff([]string{`{"a": 1.10, "b": "\\n"}`, `{"a": null}`}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUpsertKeepsTheLastRowOfAKey(t *testing.T) {
	url := storetest.URL(t)
	s := open(t, config(t, url, "table: stock\nmode: upsert\nkey: [sku]\ncreate: true\ncolumns: {sku: text, qty: int, note: text}"))
	write(t, s, `{"sku":"a","qty":1,"note":"x"}`, `{"sku":"b","qty":2}`, `{"sku":"a","qty":3}`)
	refused := write(t, s, `{"sku":"b","qty":4}`, `{"sku":"c","qty":"many"}`, `{"qty":1}`)
	want := []string{
		"1 qty: Postgres: invalid input syntax for type integer (SQLSTATE 22P02)",
		`2 : Postgres: null value in column "sku" of relation "stock" violates not-null constraint (SQLSTATE 23502)`,
	}
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	got := storetest.Query(t, url, "select concat_ws('|', sku, qty, note) from stock order by sku")
	if diff := cmp.Diff([]string{"a|3", "b|4"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNamesAreQuoted(t *testing.T) {
	url := storetest.URL(t)
	write(t, open(t, config(t, url, "table: 'Odd \"schema.Ta;ble'\ncreate: true\ncolumns: {'a\"b': int, 'select': text}")), `{"a\"b":1,"select":"x"}`)
	got := storetest.Query(t, url, `select concat_ws('|', "a""b", "select") from "Odd ""schema"."Ta;ble"`)
	if !cmp.Equal(got, []string{"1|x"}) {
		t.Errorf("%q", got)
	}
}

// The rows are the transaction's: they come and go with it.
func TestRowsInTheStatesTransaction(t *testing.T) {
	url := storetest.URL(t)
	other := storetest.URL(t)
	for name, c := range map[string]struct {
		options string
		joins   bool
	}{
		"no url":                         {"", true},
		"another way to write the same":  {"url: '" + strings.Replace(url, "127.0.0.1", "localhost", 1) + "'", true},
		"another database of the server": {"url: '" + other + "'", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, config(t, url, "table: kept\ncreate: true\ncolumns: {n: int}\n"+c.options))
			conn := storetest.Connect(t, url)
			tx, err := conn.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			joins, err := s.Joins(t.Context(), tx)
			if err != nil || joins != c.joins {
				t.Fatalf("joins: %v, %v", joins, err)
			}
			if !joins {
				return
			}
			refused, err := s.WriteTx(t.Context(), tx, rows(`{"n":1}`, `{"n":"x"}`))
			if err != nil || len(refused) != 1 {
				t.Errorf("refused %v, %v", refused, err)
			}
			if err := tx.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := storetest.Query(t, url, "select n::text from kept"); len(got) != 0 {
				t.Errorf("rows that were rolled back: %q", got)
			}
		})
	}
}

func TestRowsThatWerentFlushedAreTakenBack(t *testing.T) {
	url := storetest.URL(t)
	s := open(t, config(t, url, "table: kept\ncreate: true\ncolumns: {n: int}"))
	if _, err := s.Write(t.Context(), rows(`{"n":1}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Reset(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	write(t, s, `{"n":2}`)
	if got := storetest.Query(t, url, "select n::text from kept"); !cmp.Equal(got, []string{"2"}) {
		t.Errorf("%q", got)
	}
}

// What is away is told from what is refused, and from what is wrong for good.
func TestALostConnectionIsWaitedForAndComesBack(t *testing.T) {
	url := storetest.URL(t)
	s := open(t, config(t, url, "table: kept\ncreate: true\ncolumns: {n: int}"))
	write(t, s, `{"n":1}`)
	exec(t, url, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
	_, err := s.Write(t.Context(), rows(`{"n":2}`))
	if !connectors.IsUnavailable(err) {
		t.Fatalf("a lost connection: %v", err)
	}
	if _, err := s.Reset(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	write(t, s, `{"n":2}`)
	exec(t, url, "drop table kept")
	if _, err := s.Write(t.Context(), rows(`{"n":3}`)); err == nil || connectors.IsUnavailable(err) {
		t.Errorf("a table that was dropped: %v", err)
	}
}

func TestWhatCantBeOpenedIsASentence(t *testing.T) {
	url := storetest.URL(t)
	exec(t, url, `create table t (id int, name text);
		create unique index on t (lower(name)); create unique index on t (name) where id > 0;
		create table two (a int, b int, c int unique deferrable, primary key (b, a) include (c))`)
	const noIndex = "upsert needs one, as it is how Postgres finds the row to update [W0109]"
	for options, want := range map[string]string{
		"table: nowhere.t":                                           "connectors/postgres.yaml:2:8: error: there is no table nowhere.t; `create: true` makes it",
		"table: t\ncolumns: {idd: int}":                              `table t has no column "idd"; did you mean "id"?`,
		"table: t\ncolumn: id":                                       `column "id" is integer; a whole row fits jsonb, json or text`,
		"table: new\ncreate: true\ncolumns: {id: integr}":            "table new can't be created: type \"integr\" does not exist (SQLSTATE 42704)",
		"table: t\nmode: upsert\nkey: [idd]":                         `connectors/postgres.yaml:4:7: error: table t has no column "idd"; did you mean "id"?`,
		"table: t\nmode: upsert\nkey: [name]":                        "connectors/postgres.yaml:4:6: error: table t has no primary key or unique index on name; " + noIndex,
		"table: two\nmode: upsert\nkey: [a]":                         "has no primary key or unique index on a; " + noIndex,
		"table: two\nmode: upsert\nkey: [a, b, c]":                   "on a, b, c; " + noIndex,
		"table: two\nmode: upsert\nkey: [c]":                         "on c; " + noIndex,
		"table: t\nurl: postgres://u:hunter2@127.0.0.1:1/x":          "no connection to 127.0.0.1:1 as u: connection refused",
		"table: t\nurl: 'postgres://u:hunter2@127.0.0.1:port/x'":     "that isn't a URL of Postgres",
		"table: t\nurl: " + strings.Replace(url, ":", ":hunter2", 2): "",
	} {
		_, err := postgres.Spec.OpenSink(t.Context(), config(t, url, options))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v lacks %q", options, err, want)
		}
	}
}

func TestAKeyIsFoundWhateverItsOrder(t *testing.T) {
	url := storetest.URL(t)
	exec(t, url, "create table two (a int, b int, c int, primary key (b, a) include (c)); create view seen as select * from two")
	for _, table := range []string{"two", "seen"} {
		s := open(t, config(t, url, "table: "+table+"\nmode: upsert\nkey: [a, b]"))
		write(t, s, `{"a":1,"b":2,"c":3}`)
	}
}

func TestOptionsThatDontGoTogether(t *testing.T) {
	for options, want := range map[string]string{
		"table: a.b.c":                                           "isn't a table; write it as schema.table",
		"table: t\ncreate: true":                                 "its columns have to be given",
		"table: t\ncolumn: a\ncolumns: {}":                       "give either column or columns",
		"table: t\nmode: upsert":                                 `upsert needs the key "key"`,
		"table: t\nkey: [id]":                                    "a key belongs to `mode: upsert`",
		"table: t\ncolumns: {id: 'int); --'}":                    `isn't a type of Postgres`,
		"table: t\nmode: upsert\nkey: [idd]\ncolumns: {id: int}": `did you mean "id"?`,
	} {
		if _, err := decode(options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v lacks %q", options, err, want)
		}
	}
}

func TestAContextThatIsDoneIsNotAnOutage(t *testing.T) {
	s := open(t, config(t, storetest.URL(t), "table: kept\ncreate: true\ncolumns: {n: int}"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Write(ctx, rows(`{"n":1}`)); !errors.Is(err, context.Canceled) || connectors.IsUnavailable(err) {
		t.Error(err)
	}
}

// Only what hangs on other rows is worth another try.
func TestARefusalSaysWhetherItMayPass(t *testing.T) {
	url := storetest.URL(t)
	exec(t, url, "create table customer (id int primary key); create table sale (id int primary key, customer int references customer, qty int check (qty > 0))")
	s := open(t, config(t, url, "table: sale"))
	refused, err := s.Write(t.Context(), rows(`{"id":1,"customer":7}`, `{"id":"x"}`, `{"id":2,"qty":0}`, `{}`, `{"id":true}`))
	if err != nil {
		t.Fatal(err)
	}
	var later []bool
	for _, r := range refused {
		later = append(later, r.Later)
	}
	if !cmp.Equal(later, []bool{true, false, false, false, false}) {
		t.Errorf("%+v", refused)
	}
	exec(t, url, "insert into customer values (7)")
	if refused := write(t, s, `{"id":1,"customer":7}`); refused != nil {
		t.Errorf("refused again: %q", refused)
	}
}

// A constraint that waits for the end of the transaction would fail all of it.
func TestADeferredConstraintRefusesItsRowAlone(t *testing.T) {
	url := storetest.URL(t)
	exec(t, url, `create table customer (id int primary key, parent int references customer deferrable initially deferred)`)
	s := open(t, config(t, url, "table: customer"))
	if refused := write(t, s, `{"id":1,"parent":2}`, `{"id":2}`); refused != nil {
		t.Errorf("refused %q", refused)
	}
	got := write(t, s, `{"id":3}`, `{"id":4,"parent":9}`, `{"id":5,"parent":3}`)
	want := []string{`1 : Postgres: insert or update on table "customer" violates foreign key constraint "customer_parent_fkey" (SQLSTATE 23503)`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Nulls are no key, so rows with one don't stand for each other, unless the
// index says so.
func TestUpsertKeepsRowsWhoseKeyIsNull(t *testing.T) {
	for index, want := range map[string][]string{
		"unique (a, b)":                    {"1||1", "1||2", "1|1|4"},
		"unique nulls not distinct (a, b)": {"1||2", "1|1|4"},
	} {
		url := storetest.URL(t)
		exec(t, url, "create table stock (a int, b int, qty int, "+index+")")
		s := open(t, config(t, url, "table: stock\nmode: upsert\nkey: [a, b]"))
		if refused := write(t, s, `{"a":1,"qty":1}`, `{"a":1,"b":1,"qty":3}`, `{"a":1,"qty":2}`, `{"a":1,"b":1,"qty":4}`); refused != nil {
			t.Errorf("%s: refused %q", index, refused)
		}
		got := storetest.Query(t, url, "select a || '|' || coalesce(b::text, '') || '|' || qty from stock order by b nulls first, qty")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", index, diff)
		}
	}
}
