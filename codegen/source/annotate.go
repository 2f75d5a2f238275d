package source

import (
	"fmt"
	"io"
	"path"
	"strings"
)

// Annotate writes all diagnostics as commands to GitHub's workflow runner,
// which shows each at its line of a change. Below is where the files lie in
// the repository. The form is that of GitHub's page "Workflow commands for
// GitHub Actions": `::error file=…,line=…::message`.
func (d *Diagnostics) Annotate(w io.Writer, below string) error {
	for _, one := range d.Sorted() {
		properties := "title=" + property(string(one.Code))
		if one.File != nil {
			start, end := one.File.Position(one.Span.Start), one.File.Position(one.Span.End)
			properties = fmt.Sprintf("file=%s,line=%d,endLine=%d", property(path.Join(below, one.File.Name)), start.Line, end.Line)
			// Columns are taken on one line only.
			if start.Line == end.Line {
				properties += fmt.Sprintf(",col=%d,endColumn=%d", start.Column, end.Column)
			}
			properties += ",title=" + property(string(one.Code))
		}
		text := visible(one.Message)
		if one.Hint != "" {
			text += "; " + visible(one.Hint)
		}
		if _, err := fmt.Fprintf(w, "::%s %s::%s\n", one.Severity, properties, data.Replace(text)); err != nil {
			return err
		}
	}
	return nil
}

// data and property escape what would end the message or a property.
var data = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")

func property(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}
