package source

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// Severity says whether a diagnostic stops the compiler.
type Severity int

// An error stops the phase that follows; a warning doesn't.
const (
	Error Severity = iota
	Warning
)

// String is "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// A Diagnostic says what is wrong, where, and what to do. Text of the user's
// stands quoted (%q) in the message.
type Diagnostic struct {
	Code     Code
	Severity Severity
	File     *File // nil: about no file
	Span     Span
	Message  string
	Hint     string // a short sentence in lower case, such as `did you mean "total"?`; or ""
}

// Diagnostics collects what a run has to say, so that all of it is reported
// and not just the first. The zero value is ready.
type Diagnostics struct {
	list []Diagnostic
}

// Add takes one diagnostic.
func (d *Diagnostics) Add(one Diagnostic) { d.list = append(d.list, one) }

// Errorf adds an error. The returned diagnostic may be given a hint.
func (d *Diagnostics) Errorf(f *File, at Span, code Code, format string, args ...any) *Diagnostic {
	d.Add(Diagnostic{Code: code, File: f, Span: at, Message: fmt.Sprintf(format, args...)})
	return &d.list[len(d.list)-1]
}

// Warnf adds a warning. The returned diagnostic may be given a hint.
func (d *Diagnostics) Warnf(f *File, at Span, code Code, format string, args ...any) *Diagnostic {
	one := d.Errorf(f, at, code, format, args...)
	one.Severity = Warning
	return one
}

// Hintf sets the hint, unless one is set already.
func (one *Diagnostic) Hintf(format string, args ...any) *Diagnostic {
	if one.Hint == "" {
		one.Hint = fmt.Sprintf(format, args...)
	}
	return one
}

// DidYouMean sets the hint to the candidate nearest to name, if one is near.
func (one *Diagnostic) DidYouMean(name string, candidates []string) *Diagnostic {
	if near, ok := Nearest(name, candidates); ok {
		one.Hintf("did you mean %q?", near)
	}
	return one
}

// Append takes over what another collector holds.
func (d *Diagnostics) Append(other *Diagnostics) { d.list = append(d.list, other.list...) }

// Failed says whether there is an error among them.
func (d *Diagnostics) Failed() bool { return d.FailedSince(0) }

// FailedSince says whether there is an error among those after the first so many.
func (d *Diagnostics) FailedSince(length int) bool {
	return slices.ContainsFunc(d.list[length:], func(one Diagnostic) bool { return one.Severity == Error })
}

// Len is how many there are, twins included.
func (d *Diagnostics) Len() int { return len(d.list) }

// Sorted gives them in the order of files and places, each once.
func (d *Diagnostics) Sorted() []Diagnostic {
	list := slices.Clone(d.list)
	slices.SortStableFunc(list, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.fileName(), b.fileName()), cmp.Compare(a.Span.Start, b.Span.Start),
			cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.CompactFunc(list, func(a, b Diagnostic) bool {
		return a.fileName() == b.fileName() && a.Span.Start == b.Span.Start && a.Code == b.Code && a.Message == b.Message
	})
}

func (one *Diagnostic) fileName() string {
	if one.File == nil {
		return ""
	}
	return one.File.Name
}

// Err is nil unless there are errors; then it prints as their first lines.
func (d *Diagnostics) Err() error {
	if !d.Failed() {
		return nil
	}
	return &Failure{d}
}

// A Failure is diagnostics as a Go error.
type Failure struct{ *Diagnostics }

// Error is one line for each error.
func (f *Failure) Error() string {
	text := ""
	for _, one := range f.Sorted() {
		if one.Severity == Error {
			if text != "" {
				text += "\n"
			}
			text += one.String()
		}
	}
	return text
}

// MarshalJSON gives a list of objects for editors and other tools. Lines and
// columns count from 1; the end is exclusive.
func (d *Diagnostics) MarshalJSON() ([]byte, error) {
	type use struct {
		File   string `json:"file"`
		Line   int    `json:"line"`
		Column int    `json:"column"`
	}
	type place struct {
		File      string `json:"file,omitempty"`
		Line      int    `json:"line,omitempty"`
		Column    int    `json:"column,omitempty"`
		EndLine   int    `json:"end_line,omitempty"`
		EndColumn int    `json:"end_column,omitempty"`
		Severity  string `json:"severity"`
		Code      Code   `json:"code"`
		Message   string `json:"message"`
		Hint      string `json:"hint,omitempty"`
		UsedAt    []use  `json:"used_at,omitempty"`
	}
	list := []place{}
	for _, one := range d.Sorted() {
		p := place{Severity: one.Severity.String(), Code: one.Code, Message: one.Message, Hint: one.Hint}
		if one.File != nil {
			start, end := one.File.Position(one.Span.Start), one.File.Position(one.Span.End)
			p.File, p.Line, p.Column, p.EndLine, p.EndColumn = one.File.Name, start.Line, start.Column, end.Line, end.Column
		}
		for _, at := range one.File.Uses() {
			start := at.File.Position(at.Span.Start)
			p.UsedAt = append(p.UsedAt, use{at.File.Name, start.Line, start.Column})
		}
		list = append(list, p)
	}
	return json.Marshal(list)
}
