package format

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
)

// frame hands text to a framer in pieces, as reads from a file would, and
// tells what came out: "line: message", or "line! code bytes".
func frame(t *testing.T, f Framer, text string, piece int) []string {
	t.Helper()
	out := &Messages{Full: 1 << 20, Line: 1}
	var buffer []byte
	for at := 0; at < len(text); {
		n := min(piece, len(text)-at)
		buffer = append(buffer, text[at:at+n]...)
		at += n
		used := f.Frame(out, buffer, at == len(text))
		buffer = buffer[used:]
	}
	if len(buffer) > 0 {
		t.Errorf("%d bytes are left over: %q", len(buffer), buffer)
	}
	var got []string
	start := uint32(0)
	for i, end := range out.Ends {
		got = append(got, fmt.Sprintf("%d: %s", out.Lines[i], out.Payload[start:end]))
		start = end + 1
	}
	for _, r := range out.Refused {
		got = append(got, fmt.Sprintf("%d! %s %s", r.Line, r.Code, r.Bytes))
	}
	return got
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 25)
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"each its own line":          {"a\nb\n", []string{"1: a", "2: b"}},
		"the last without an end":    {"a\nb", []string{"1: a", "2: b"}},
		"CR LF":                      {"a\r\nb\r\n", []string{"1: a", "2: b"}},
		"blank lines are counted":    {"\n \r\na\n\t\n\nb\n\n", []string{"3: a", "6: b"}},
		"just short enough":          {strings.Repeat("y", 20) + "\r\nb\n", []string{"1: " + strings.Repeat("y", 20), "2: b"}},
		"too long, the others go on": {"a\n" + long + "\nb\n", []string{"1: a", "3: b", "2! W1304 too_long " + long[:20]}},
		"too long, at the end":       {"a\n" + long, []string{"1: a", "2! W1304 too_long " + long[:20]}},
		"far too long":               {strings.Repeat(long, 9) + "\nb", []string{"2: b", "1! W1304 too_long " + long[:20]}},
		"nothing":                    {"", nil},
	} {
		for _, piece := range []int{1, 3, 7, 1000} {
			got := frame(t, NewLines(20), c.text, piece)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, in pieces of %d (-want +got):\n%s", name, piece, diff)
			}
		}
	}
}

func TestALongLineIsPassedOverWithoutBeingKept(t *testing.T) {
	l, out := NewLines(20), &Messages{Full: 1 << 20, Line: 1}
	block := []byte(strings.Repeat("x", 1<<16))
	for range 64 {
		if used := l.Frame(out, block, false); used != len(block) {
			t.Fatalf("used %d of %d bytes", used, len(block))
		}
	}
	l.Frame(out, nil, true)
	if len(out.Refused) != 1 || len(out.Refused[0].Bytes) != 20 {
		t.Fatalf("refused %d, %d bytes kept", len(out.Refused), len(out.Refused[0].Bytes))
	}
	if !strings.Contains(out.Refused[0].Detail, "4194304 bytes") {
		t.Error(out.Refused[0].Detail)
	}
}

func TestABatchIsClosedWhenItIsFull(t *testing.T) {
	l, out := NewLines(100), &Messages{Full: 10, Line: 1}
	data := []byte("aaaa\nbbbb\ncccc\ndddd\n")
	used := l.Frame(out, data, true)
	if used != 10 || out.Len() != 2 {
		t.Errorf("used %d bytes for %d messages", used, out.Len())
	}
	out.Reset()
	if used = l.Frame(out, data[used:], true); used != 10 || out.Lines[0] != 3 {
		t.Errorf("then used %d bytes from line %d", used, out.Lines[0])
	}
}

func TestRefusedLinesFillABatchToo(t *testing.T) {
	l, out := NewLines(10), &Messages{Full: 25, Line: 1}
	data := []byte(strings.Repeat(strings.Repeat("x", 30)+"\n", 9))
	l.Frame(out, data, true)
	if len(out.Refused) != 3 {
		t.Errorf("%d were kept in one batch", len(out.Refused))
	}
}

func TestFramingLinesAllocatesNothingPerLine(t *testing.T) {
	data := []byte(strings.Repeat(`{"id":1}`+"\n", 1000))
	l, out := NewLines(100), &Messages{Full: 1 << 20}
	l.Frame(out, data, true)
	got := testing.AllocsPerRun(10, func() { out.Reset(); l.Frame(out, data, true) })
	if got > 1 {
		t.Errorf("%.0f allocations for 1000 lines", got)
	}
}

// Whatever the pieces, the messages are the same.
func TestPiecesDontMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	header := []string{"a", "b"}
	for range 300 {
		var b strings.Builder
		for range r.IntN(60) {
			b.WriteString([]string{"a", "b,", "\n", "\r\n", `"`, `"x"`, "1,2\n", "xxxxxxxxxxxx"}[r.IntN(8)])
		}
		for kind, build := range map[string]func() Framer{
			"lines": func() Framer { return NewLines(20) },
			"csv": func() Framer {
				c, err := NewCSV(header, 20)
				if err != nil {
					t.Fatal(err)
				}
				return c
			},
		} {
			whole, parts := frame(t, build(), b.String(), 1<<20), frame(t, build(), b.String(), 1+r.IntN(9))
			if diff := cmp.Diff(whole, parts); diff != "" {
				t.Fatalf("%s of %q (-whole +pieces):\n%s", kind, b.String(), diff)
			}
		}
	}
}

func TestAppendStringIsJSON(t *testing.T) {
	got := string(AppendString(nil, "a\"b\\c\n\r\t\x01é</"))
	if want := `"a\"b\\c\n\r\t\u0001é</"`; got != want {
		t.Errorf("%s, want %s", got, want)
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
