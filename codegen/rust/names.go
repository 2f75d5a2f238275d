package rust

import (
	"strconv"
	"strings"
)

// names gives out identifiers, each once.
type names map[string]bool

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
	if len(name) > longestName {
		name = strings.TrimRight(name[:longestName], "_")
	}
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = strings.TrimRight(otherwise+"_"+name, "_")
	}
	unique := name
	for i := 2; n[unique]; i++ {
		unique = name + "_" + strconv.Itoa(i)
	}
	n[unique] = true
	return unique
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
