package contract

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func encode(t *testing.T, text, key string, columns ...string) []byte {
	t.Helper()
	rows, err := ReadCSV([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	blob, err := EncodeTable(key, columns, rows)
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

func TestEveryKeyIsFoundAndNoOther(t *testing.T) {
	blob := encode(t, "\ufeffcode,name,region\nGB,\"United \"\"Kingdom\"\"\",Europe\n007,<Bond>,\nZA,,Africa\n", "code", "region", "name")
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
	blob := encode(t, "id,x\n", "id", "x")
	if _, ok := LookupTable(blob, "a"); ok {
		t.Error("found something")
	}
}

func TestAnEmptyKey(t *testing.T) {
	blob := encode(t, "id,x\n\"\",1\n", "id", "x")
	if cells, ok := LookupTable(blob, ""); !ok || cells[0] != `"1"` {
		t.Errorf("got %v, %v", cells, ok)
	}
}

func TestKeysThatAreNumbers(t *testing.T) {
	rows := &TableRows{Header: []string{"id", "n"}, Rows: [][]string{{"7", "1.10"}, {"-8", "null"}}}
	blob, err := EncodeTable("id", []string{"n"}, rows)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"7": "1.10", "-8": "null"} {
		if cells, ok := LookupTable(blob, key); !ok || cells[0] != want {
			t.Errorf("%s: %v, %v", key, cells, ok)
		}
	}
	rows.Rows[1][0] = "1.5"
	if _, err := EncodeTable("id", nil, rows); err == nil || err.Error() != `line 2: column "id": a key has to be text or an integer, not 1.5` {
		t.Errorf("got %v", err)
	}
}

func TestTablesThatCannotBeUsed(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "the table is empty; its first row names the columns",
		"id,x\na,1\nb\n":        "line 3: the row has more or fewer cells than the header",
		"id,x\na,1\nb,2\na,3\n": `line 4: the key "a" is there twice, first in line 2`,
		"id,id\n":               `line 1: two columns are named "id"`,
		"id,\n":                 "line 1: column 2 has no name",
		"id,y\n":                `the table has no column "x"; it has id, y`,
		"id,x\na,\"b\n":         `line 2: extraneous or missing " in quoted-field`,
		"id,x\na,\xff\n":        "the table isn't UTF-8",
	} {
		rows, err := ReadCSV([]byte(text))
		if err == nil {
			_, err = EncodeTable("id", []string{"x"}, rows)
		}
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
		if e := new(TableError); !errors.As(err, &e) {
			t.Errorf("%q: %T", text, err)
		}
	}
}

// A table of this size is read at every build of a flow and every start.
func TestALargeTable(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("id,name,tier\n")
	for i := range 100_000 {
		fmt.Fprintf(&csv, "%d,Customer %d,gold\n", i, i)
	}
	start := time.Now()
	blob := encode(t, csv.String(), "id", "name", "tier")
	took := time.Since(start)
	t.Logf("%d bytes in %v", len(blob), took)
	if took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	for i := range 100_000 {
		if cells, ok := LookupTable(blob, fmt.Sprint(i)); !ok || cells[0] != fmt.Sprintf(`"Customer %d"`, i) {
			t.Fatalf("%d: %v, %v", i, cells, ok)
		}
	}
	if again := encode(t, csv.String(), "id", "name", "tier"); !bytes.Equal(blob, again) {
		t.Error("the same table gives other bytes")
	}
}
