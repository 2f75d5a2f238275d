package contract

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
)

// folder takes upper and lower case out of texts, as Unicode's CaseFolding.txt
// has it (its mappings C and F). The guest does the same, from a table that a
// test makes of this.
func folder() func(text string) string {
	fold := cases.Fold()
	return func(text string) string { return strings.Map(cherokee, fold.String(text)) }
}

// cherokee mends what the package cases swaps: Cherokee alone folds to upper
// case.
func cherokee(r rune) rune {
	if r >= 0xab70 && r <= 0xabbf || r >= 0x13f8 && r <= 0x13fd {
		return unicode.ToUpper(r)
	}
	return r
}
