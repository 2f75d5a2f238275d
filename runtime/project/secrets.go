package project

import (
	"regexp"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// Who reads an image reads its configuration. What is a secret is told by what
// it is called, and by the places where addresses have one.
var (
	secretKey   = regexp.MustCompile(`(?i)(^|[_.-])(password|passwd|pwd|passphrase|secret|token|credentials?|(api|access|secret|private)[_-]?key)$`)
	urlPassword = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@]*:([^\s/@]+)@`)
	parameter   = regexp.MustCompile(`(?i)(?:^|[?&;\s])(?:ssl)?(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key)=([^\s&;]+)`)
	privateKey  = regexp.MustCompile(`-----BEGIN ([A-Z ]*PRIVATE KEY)-----`)
)

// CheckSecrets reports the secrets that a file of configuration has as plain
// text. It shows where they are, and not what they are. What isn't YAML is for
// others to report.
func CheckSecrets(file *source.File, diags *source.Diagnostics) {
	var unread source.Diagnostics
	root := syntax.Parse(file, &unread)
	var found []*syntax.Node
	eachSecret(root, "", func(n *syntax.Node) { found = append(found, n) })
	if len(found) == 0 {
		return
	}
	masked := source.NewFile(file.Name, mask(file.Text, found))
	for _, n := range found {
		diags.Errorf(masked, n.Span, source.LiteralSecret, "a secret is written out here, and everybody who can read the project's image could read it").
			Hintf("have it read where the project runs: {{ secret('NAME') }}, or {{ env_var('NAME') }}")
	}
}

func eachSecret(n *syntax.Node, key string, found func(*syntax.Node)) {
	switch {
	case n == nil:
	case n.Kind == syntax.Map:
		for _, e := range n.Entries {
			// A table's columns are keys, and their types values.
			if e.Key.Text != "columns" {
				eachSecret(e.Value, e.Key.Text, found)
			}
		}
	case n.Kind == syntax.List:
		for _, item := range n.Items {
			eachSecret(item, key, found)
		}
	case n.Kind == syntax.Scalar && isSecret(key, n):
		found(n)
	}
}

func isSecret(key string, n *syntax.Node) bool {
	if _, isBool := n.Bool(); isBool || n.Text == "" {
		return false
	}
	if secretKey.MatchString(key) && !isTemplate(n.Text) {
		return true
	}
	return privateKey.MatchString(n.Text) || slices.ContainsFunc([]*regexp.Regexp{urlPassword, parameter}, func(form *regexp.Regexp) bool {
		return slices.ContainsFunc(form.FindAllStringSubmatch(n.Text, -1), func(match []string) bool { return !isTemplate(match[1]) })
	})
}

func isTemplate(text string) bool {
	return strings.Contains(text, "{{") || strings.Contains(text, "{%")
}

// mask is the text with the nodes' places struck out: diagnostics show the
// line that they are about.
func mask(text []byte, nodes []*syntax.Node) []byte {
	masked := slices.Clone(text)
	for _, n := range nodes {
		for i := n.Span.Start; i < n.Span.End; i++ {
			if masked[i] != '\n' {
				masked[i] = '*'
			}
		}
	}
	return masked
}
