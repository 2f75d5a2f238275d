package rust

import (
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// read is what the Rust compiler makes of a string literal, after the Rust
// Reference's grammar of STRING_LITERAL.
func read(t *testing.T, quoted string) string {
	t.Helper()
	inner, ok := strings.CutPrefix(quoted, `"`)
	if !ok || !strings.HasSuffix(inner, `"`) {
		t.Fatalf("no literal: %s", quoted)
	}
	inner = inner[:len(inner)-1]
	var b strings.Builder
	for i := 0; i < len(inner); {
		r, size := utf8.DecodeRuneInString(inner[i:])
		i += size
		switch {
		case r == '"':
			t.Fatalf("the literal ends early: %s", quoted)
		case r != '\\':
			if !unicode.IsPrint(r) {
				t.Fatalf("a character that can't be seen: %q", quoted)
			}
			b.WriteRune(r)
			continue
		}
		escape := inner[i]
		i++
		switch escape {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case '\\', '"':
			b.WriteByte(escape)
		case 'u':
			end := strings.IndexByte(inner[i:], '}') + i
			code, err := strconv.ParseUint(inner[i+1:end], 16, 32)
			if err != nil || inner[i] != '{' || !utf8.ValidRune(rune(code)) {
				t.Fatalf("no escape: %s", inner[i:])
			}
			b.WriteRune(rune(code))
			i = end + 1
		default:
			t.Fatalf("an escape that Rust doesn't know: \\%c", escape)
		}
	}
	return b.String()
}

func FuzzLiteral(f *testing.F) {
	for _, text := range []string{"", "plain", `"`, `\`, `\"`, "\n\r\t\x00", "\u202e\u2066\ufeff\u2028", "é☃😀", "\x7f\u0085\u00ad", "{}", `"#`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?")
		if got := read(t, literal(text)); got != text {
			t.Errorf("%q comes back as %q", text, got)
		}
		if c := comment(text); strings.IndexFunc(c, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 || len(c) > 64 {
			t.Errorf("the comment %q isn't one line of ASCII", c)
		}
	})
}

func TestNames(t *testing.T) {
	n := names{"PATHS": 1}
	for _, c := range []struct{ text, want string }{
		{"customer.id", "CUSTOMER_ID"},
		{"customer_id", "CUSTOMER_ID_2"},
		{"items[0].sku", "ITEMS_0_SKU"},
		{"paths", "PATHS_2"},
		{"9lives", "PATH_9LIVES"},
		{"☃", "PATH"},
		{"", "PATH_2"},
		{"Ünïcode", "N_CODE"},
		{"a name that goes on and on and on", "A_NAME_THAT_GOES_ON_AND"},
		{"fn", "FN"},
	} {
		if got := n.constant(c.text); got != c.want {
			t.Errorf("the name for %q is %s, want %s", c.text, got, c.want)
		}
	}
}
