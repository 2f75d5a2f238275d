// Package errors holds the page of every code that Weavster prints, as files
// that read well by themselves: `weavster explain W0203` prints one.
package errors

import (
	"embed"
	"path"
	"slices"
	"strings"
)

//go:embed W*.md
var files embed.FS

// Page is a code's page, in Markdown.
func Page(code string) (string, bool) {
	text, err := files.ReadFile(code + ".md")
	return string(text), err == nil
}

// Codes are all codes that have a page, in order.
func Codes() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // it is in the program
	}
	codes := make([]string, len(entries))
	for i, entry := range entries {
		codes[i] = strings.TrimSuffix(entry.Name(), path.Ext(entry.Name()))
	}
	slices.Sort(codes)
	return codes
}

// Title says in a few words what a code means: its page's headline.
func Title(code string) string {
	text, _ := Page(code)
	line, _, _ := strings.Cut(text, "\n")
	_, title, _ := strings.Cut(line, ": ")
	return title
}
