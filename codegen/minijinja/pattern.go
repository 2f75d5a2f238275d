package minijinja

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
)

// A Pattern is a regular expression as the regex crate's own parser reads it.
type Pattern struct {
	// Groups are the names of its groups, from group 1 on; "" for one without
	// a name.
	Groups []string
	// All says that every group takes part in every match.
	All bool
	// Matches says that there is a text that it matches, and Empty that the
	// empty one is.
	Matches, Empty bool
	// Anchored says that a match begins where the text does.
	Anchored bool
	// Literal is the only text that it matches, where it is nothing but that
	// text; or "".
	Literal string
	// OnePass says that groups are found in one pass over the text, at least
	// over one in ASCII: at each character there is one way on. Others are
	// found by trying, which takes several times as long.
	OnePass bool
	// Size is how many bytes its states take in a module.
	Size int
	// Code is its tree in the form that modules take, of codegen/pattern.
	Code []byte
}

// Group is the number of the group of that name, or -1.
func (p *Pattern) Group(name string) int {
	if i := slices.Index(p.Groups, name); i >= 0 && name != "" {
		return i + 1
	}
	return -1
}

// Named are the names of those groups that have one.
func (p *Pattern) Named() []string {
	return slices.DeleteFunc(slices.Clone(p.Groups), func(name string) bool { return name == "" })
}

// An answerPattern is a Pattern as the module puts it.
type answerPattern struct {
	Groups   []string `json:"groups"`
	All      bool     `json:"all"`
	Matches  bool     `json:"matches"`
	Empty    bool     `json:"empty"`
	Anchored bool     `json:"anchored"`
	Literal  string   `json:"literal"`
	OnePass  bool     `json:"one_pass"`
	Size     int      `json:"size"`
	Code     string   `json:"code"`
}

// ParsePattern reads a regular expression. The error is an *Error where the
// pattern is at fault: with TooLarge, where it takes more room than a module
// may give it.
func (e *Engine) ParsePattern(ctx context.Context, text string) (*Pattern, error) {
	a, err := e.ask(ctx, text, struct {
		Op     string `json:"op"`
		Source string `json:"source"`
	}{"parse_pattern", text})
	if err != nil {
		return nil, err
	}
	p := a.Pattern
	if p == nil {
		return nil, errors.New("the regex crate's parser answers without a pattern")
	}
	code, err := hex.DecodeString(p.Code)
	if err != nil {
		return nil, fmt.Errorf("the regex crate's parser: %w", err)
	}
	return &Pattern{
		Groups: p.Groups, All: p.All, Matches: p.Matches, Empty: p.Empty, Anchored: p.Anchored,
		Literal: p.Literal, OnePass: p.OnePass, Size: p.Size, Code: code,
	}, nil
}
