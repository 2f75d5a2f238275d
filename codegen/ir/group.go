package ir

import "fmt"

// Group takes steps that are taken, or undone, together. It is its step's only
// op. The steps see the same message as those around them.
type Group struct{ Steps []Step }

func (Group) op() {}

// Place is where a step stands, in words.
func (s *Step) Place() string {
	if s.File != "" {
		return fmt.Sprintf("%s line %d", s.File, s.Line)
	}
	return fmt.Sprintf("line %d", s.Line)
}
