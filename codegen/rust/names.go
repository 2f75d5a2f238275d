package rust

import (
	"strconv"
	"strings"
)

// names gives out identifiers, each once. The number is the next to try behind
// a name that is taken.
type names map[string]int

// longestName keeps statements with two paths in them on one line.
const longestName = 24

// constant is a name for a constant that reminds of a text.
func (n names) constant(text string) string {
	return n.take(strings.Trim(strings.ToUpper(word(text)), "_"), "PATH")
}

// file is a name for a file that reminds of a text.
func (n names) file(text string) string {
	return n.take(strings.Trim(strings.ToLower(word(text)), "_"), "table")
}

func (n names) take(name, otherwise string) string {
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = strings.TrimRight(otherwise+"_"+name, "_")
	}
	name = shorten(name, longestName)
	unique := name
	for n[unique] > 0 {
		n[name]++
		suffix := "_" + strconv.Itoa(n[name])
		unique = shorten(name, longestName-len(suffix)) + suffix
	}
	n[unique] = 1
	return unique
}

func shorten(name string, length int) string {
	if len(name) > length {
		name = strings.TrimRight(name[:length], "_")
	}
	return name
}

// word has an underscore for each run of what can't be in an identifier.
func word(text string) string {
	var b strings.Builder
	gap := false
	for i := 0; i < len(text) && b.Len() <= longestName; i++ {
		c := text[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			if gap {
				b.WriteByte('_')
			}
			b.WriteByte(c)
			gap = false
		} else {
			gap = true
		}
	}
	return b.String()
}
