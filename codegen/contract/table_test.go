package contract

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func by(key string, columns ...string) *Table {
	return &Table{Name: "t", Key: strings.Split(key, "+"), Columns: columns}
}

func encodeFile(t testing.TB, name, text string, want *Table) []byte {
	t.Helper()
	rows, err := ReadTable(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	blob, err := EncodeTable(want, rows)
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

func TestEveryKeyIsFoundAndNoOther(t *testing.T) {
	blob := encodeFile(t, "t.csv", "\ufeffcode,name,region\nGB,\"United \"\"Kingdom\"\"\",Europe\n007,<Bond>,\nZA,,Africa\n", by("code", "region", "name"))
	for key, want := range map[string][]string{
		"GB":  {`"Europe"`, `"United \"Kingdom\""`},
		"007": {`""`, `"<Bond>"`},
		"ZA":  {`"Africa"`, `""`},
	} {
		got, ok := LookupTable(blob, key)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%s: %v %s", key, ok, diff)
		}
	}
	for _, key := range []string{"", "gb", "7", "GBR", "code"} {
		if got, ok := LookupTable(blob, key); ok {
			t.Errorf("%q found %v", key, got)
		}
	}
}

func TestAnEmptyTable(t *testing.T) {
	for name, text := range map[string]string{"t.csv": "id,x\n", "t.json": "[]", "t.jsonl": ""} {
		want := by("id", "x")
		if name != "t.csv" {
			want = &Table{} // without a row, JSON has no columns
		}
		if _, ok := LookupTable(encodeFile(t, name, text, want), "a"); ok {
			t.Errorf("%s: found something", name)
		}
	}
}

func TestAnEmptyKey(t *testing.T) {
	blob := encodeFile(t, "t.csv", "id,x\n\"\",1\n", by("id", "x"))
	if cells, ok := LookupTable(blob, ""); !ok || cells[0] != `"1"` {
		t.Errorf("got %v, %v", cells, ok)
	}
}

func TestKeysOfSeveralColumnsAreNeverTakenForOthers(t *testing.T) {
	blob := encodeFile(t, "t.csv", "a,b,n\nx,yz,1\nxy,z,2\n,xyz,3\nxyz,,4\n", by("a+b", "n"))
	for want, key := range map[string][]string{`"1"`: {"x", "yz"}, `"2"`: {"xy", "z"}, `"3"`: {"", "xyz"}, `"4"`: {"xyz", ""}} {
		if cells, ok := LookupTable(blob, key...); !ok || cells[0] != want {
			t.Errorf("%q: %v, %v", key, cells, ok)
		}
	}
	if cells, ok := LookupTable(blob, "yz", "x"); ok {
		t.Errorf("another order found %v", cells)
	}
}

func TestCaseIsIgnoredAsUnicodeHasIt(t *testing.T) {
	want := by("k", "k")
	want.IgnoreCase = true
	blob := encodeFile(t, "t.csv", "k\nGB\nStraße\nΟΔΟΣ\nİ\nᎠꭰ\n", want)
	// From the examples of CaseFolding.txt: ß and ss, both sigmas, the dotted I.
	for key, found := range map[string]string{"gb": `"GB"`, "strasse": `"Straße"`, "οδοσ": `"ΟΔΟΣ"`, "i̇": `"İ"`, "ᎠᎠ": `"Ꭰꭰ"`} {
		if cells, ok := LookupTable(blob, key); !ok || cells[0] != found {
			t.Errorf("%q: %v, %v", key, cells, ok)
		}
	}
}

func TestJSONKeepsItsBytes(t *testing.T) {
	const rows = `{"id": 7, "n": 1.10, "o": {"a" : [1,
 2], "b": "x y"}}
{"n": "\u00e9\/", "id": "x"}
{"id": true, "o": null}`
	for name, text := range map[string]string{"t.jsonl": rows, "t.json": "[" + strings.ReplaceAll(rows, "}\n{", "},\n{") + "]\n"} {
		blob := encodeFile(t, name, text, by("id", "n", "o"))
		for key, want := range map[string][]string{
			"7":    {"1.10", `{"a":[1,2],"b":"x y"}`},
			"x":    {`"\u00e9\/"`, "null"},
			"true": {"null", "null"},
		} {
			if cells, ok := LookupTable(blob, key); !ok || !cmp.Equal(cells, want) {
				t.Errorf("%s, %s: %v, %v", name, key, cells, ok)
			}
		}
	}
}

func TestColumnsWithTypes(t *testing.T) {
	want := by("id", "n", "f", "b", "s")
	want.Types = map[string]string{"id": "int", "n": "int", "f": "float", "b": "bool", "s": "string"}
	blob := encodeFile(t, "t.csv", "id,n,f,b,s\n1,-7,1.10,TRUE,007\n2,,,,\n", want)
	for key, want := range map[string][]string{"1": {"-7", "1.10", "true", `"007"`}, "2": {"null", "null", "null", `""`}} {
		if cells, ok := LookupTable(blob, key); !ok || !cmp.Equal(cells, want) {
			t.Errorf("%s: %v, %v", key, cells, ok)
		}
	}
}

// names is a header.
func names(count int) string {
	list := make([]string, count)
	for i := range list {
		list[i] = "c" + strconv.Itoa(i)
	}
	return strings.Join(list, ",") + "\n"
}

func TestTablesThatCannotBeUsed(t *testing.T) {
	types := map[string]string{"n": "int", "f": "float", "b": "bool", "s": "string"}
	for _, c := range []struct{ name, text, want string }{
		{"t.csv", "", "the table is empty; its first row names the columns"},
		{"t.csv", "id,x\na,1\nb\n", "line 3, column 1: the header has 2 cells, this row 1"},
		{"t.csv", "id,x\na,1\nb,2\na,3\n", "line 4, column 1: this key is there already, in line 2"},
		{"t.csv", "x,id\n1,a\n\"2\n\",b\n3,a\n", "line 5, column 3: this key is there already, in line 2"},
		{"t.csv", "id,id\n", `line 1, column 4: two columns are named "id"`},
		{"t.csv", "id,\n", "line 1, column 4: column 2 has no name"},
		{"t.csv", "id,y\n", `the table has no column "x"; it has id, y`},
		{"t.csv", "id,x\na,\"b\n", `line 2, column 6: extraneous or missing " in quoted-field`},
		{"t.csv", "id,x\na,\xff\n", "line 2, column 3: the table isn't UTF-8"},
		{"t.csv", "id,x,n\na,1,007\n", `line 2, column 5: column "n": an integer of 64 bits is expected here`},
		{"t.csv", "id,x,n\na,1,9223372036854775808\n", `line 2, column 5: column "n": an integer of 64 bits is expected here`},
		{"t.csv", "id,x,f\na,1,1e999\n", `line 2, column 5: column "f": a number is expected here`},
		{"t.csv", "id,x,b\na,1,yes\n", `line 2, column 5: column "b": true or false is expected here`},
		{"t.txt", "id,x\n", "a table's file ends in .csv, .json, .jsonl"},
		{"t.csv", strings.Repeat("x", MaxTableBytes+1), "the table has 67108865 bytes; at most 67108864 are read"},
		{"t.csv", strings.Repeat(",", MaxTableColumns), "line 1, column 1: the table has more than 1000 columns"},
		{"t.csv", names(MaxTableColumns) + strings.Repeat(strings.Repeat(",", MaxTableColumns-1)+"\n", MaxTableCells/MaxTableColumns+1), "the table has more than 8000000 cells"},

		{"t.json", "", "line 1, column 1: the JSON ends too early"},
		{"t.json", `{"id": 1}`, "line 1, column 1: a table in JSON is an array of objects"},
		{"t.json", "[\n  1]", "line 2, column 3: a row has to be an object"},
		{"t.json", "[{\"id\": 1},\n {\"id\": tru}]", "line 2, column 12: this isn't JSON: invalid character '}' in literal true (expecting 'e')"},
		{"t.json", "[{\"" + strings.ReplaceAll(strings.TrimSpace(names(MaxTableColumns+1)), ",", "\":0,\"") + "\":0}]", "line 1, column 8893: the table has more than 1000 columns"},
		{"t.json", "[{\"id\": ", "line 1, column 9: the JSON ends too early"},
		{"t.json", "[{\"id\": 1}", "line 1, column 11: the JSON ends too early"},
		{"t.json", "[{\"id\": 1, \"x\": 1}] []", "line 1, column 21: something follows after the table"},
		{"t.json", "[{\"id\": 1, \"x\": 1,\n \"id\": 2}]", `line 2, column 2: the row has the column "id" twice`},
		{"t.json", "[{\"id\": 1, \"x\": 1},\n {\"id\": \"1\"}]", "line 2, column 9: this key is there already, in line 1"},
		{"t.json", "[{\"id\": 1.5, \"x\": 1}]", `line 1, column 9: column "id": a key has to be text, an integer or a boolean`},
		{"t.json", "[{\"id\": \"\\ud800\", \"x\": 1}]", `line 1, column 9: column "id": a key has to be text without lone surrogates`},
		{"t.jsonl", "{\"id\": 1, \"x\": 1}\n{\"x\": 2}", `line 2, column 1: column "id": a key has to be text, an integer or a boolean`},
		{"t.jsonl", "{\"id\": 1, \"x\": 1}\n{\"id\": 2, \"n\": \"3\"}", `line 2, column 16: column "n": an integer of 64 bits is expected here`},
		{"t.jsonl", "{\"id\": 1, \"x\": 1}\n{\"id\": 2, \"s\": 3}", `line 2, column 16: column "s": text is expected here`},
		{"t.jsonl", "{\"id\": 1, \"x\": 1},\n{\"id\": 2}", "line 1, column 18: this isn't JSON: invalid character ',' looking for beginning of value"},
		{"t.jsonl", `{"id": 1, "x": ` + strings.Repeat("[", 101) + strings.Repeat("]", 101) + "}", `line 1, column 16: column "x": the cell is nested more than 100 deep`},
	} {
		rows, err := ReadTable(c.name, []byte(c.text))
		if err == nil {
			want := by("id", "x")
			want.Types = types
			for _, column := range []string{"n", "f", "b", "s"} {
				if strings.Contains(c.text, column+`"`) || c.name == "t.csv" && strings.Contains(c.text, ","+column+"\n") {
					want.Columns = append(want.Columns, column)
				}
			}
			_, err = EncodeTable(want, rows)
		}
		shown := c.text[:min(len(c.text), 60)]
		if err == nil || err.Error() != c.want {
			t.Errorf("%s %q: got %v, want %s", c.name, shown, err, c.want)
		}
		if e := new(TableError); !errors.As(err, &e) {
			t.Errorf("%s %q: %T", c.name, shown, err)
		}
	}
}

func TestKeysThatCaseAloneTellsApart(t *testing.T) {
	rows, err := ReadTable("t.csv", []byte("k\nGB\nFR\ngb\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := by("k")
	if _, err := EncodeTable(want, rows); err != nil {
		t.Error(err)
	}
	want.IgnoreCase = true
	if _, err := EncodeTable(want, rows); err == nil || err.Error() != "line 4, column 1: this key is there already, in line 2, but for upper and lower case" {
		t.Errorf("got %v", err)
	}
}

// A hundred thousand rows, as CSV and as JSON lines.
func large() map[string]string {
	var csv, lines strings.Builder
	csv.WriteString("id,name,tier\n")
	for i := range 100_000 {
		tier := []string{"gold", "silver", "bronze"}[i%3]
		fmt.Fprintf(&csv, "%d,Customer %d,%s\n", i, i, tier)
		fmt.Fprintf(&lines, "{\"id\": %d, \"name\": \"Customer %d\", \"tier\": %q}\n", i, i, tier)
	}
	return map[string]string{"t.csv": csv.String(), "t.jsonl": lines.String()}
}

// A table of this size is read at every build of a flow and every start.
func TestALargeTable(t *testing.T) {
	for name, text := range large() {
		start := time.Now()
		blob := encodeFile(t, name, text, by("id", "name", "tier"))
		took := time.Since(start)
		t.Logf("%s: %d bytes in %v", name, len(blob), took)
		if took > 20*time.Second { // a busy machine's; the benchmark measures
			t.Errorf("%s: took %v", name, took)
		}
		if len(blob) > 5<<20 {
			t.Errorf("%s: the blob has %d bytes, the file %d", name, len(blob), len(text))
		}
		for i := range 100_000 {
			if cells, ok := LookupTable(blob, strconv.Itoa(i)); !ok || cells[0] != fmt.Sprintf(`"Customer %d"`, i) {
				t.Fatalf("%s: %d: %v, %v", name, i, cells, ok)
			}
		}
		if again := encodeFile(t, name, text, by("id", "name", "tier")); !bytes.Equal(blob, again) {
			t.Errorf("%s: the same table gives other bytes", name)
		}
	}
}

func BenchmarkTable(b *testing.B) {
	for name, text := range large() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				blob := encodeFile(b, name, text, by("id", "name", "tier"))
				b.ReportMetric(float64(len(blob)), "blob-bytes")
			}
		})
	}
}

// Whatever a file holds, it is refused or every row of it is found.
func FuzzTable(f *testing.F) {
	f.Add(0, "a,b\n1,2\n\"x\"\"\",\n", true)
	f.Add(1, `[{"a": 1, "b": {"c": []}}, {"b": "\ud83d\ude00", "a": "x"}]`, false)
	f.Add(2, "{\"a\": true}\n\n{\"a\": \"\\ud800\"}", true)
	f.Fuzz(func(t *testing.T, ending int, text string, ignoreCase bool) {
		rows, err := ReadTable("t"+TableEndings[uint(ending)%3], []byte(text))
		if err != nil || len(rows.Header) == 0 {
			return
		}
		want := &Table{Key: rows.Header[:min(2, len(rows.Header))], Columns: rows.Header, IgnoreCase: ignoreCase}
		blob, err := EncodeTable(want, rows)
		if err != nil {
			return
		}
		keys, err := rows.keys(want)
		if err != nil {
			t.Fatal(err)
		}
		for i, key := range keys {
			cells, ok := LookupTable(blob, key)
			for column := range rows.Header {
				if json, err := rows.json(i, column, ""); err != nil || !ok || cells[column] != json {
					t.Errorf("row %d: %v, %v; want %s, %v", i, cells, ok, json, err)
				}
			}
		}
	})
}
