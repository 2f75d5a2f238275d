package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ColumnTypes are what a flow may say that a column's cells are.
var ColumnTypes = []string{"string", "int", "float", "bool"}

var (
	jsonInteger = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)
	jsonNumber  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
)

// typed holds a cell to its column's type, and gives it as JSON: an empty one
// of CSV is null, unless it is to be text. Digits stay as they are written.
func typed(cell, kind string, text bool) (string, error) {
	switch {
	case kind == "string" && text:
		return quote(cell), nil
	case text && cell == "" || !text && cell == "null":
		return "null", nil
	case kind == "string" && strings.HasPrefix(cell, `"`), kind == "int" && isInteger(cell), kind == "float" && isNumber(cell):
		return cell, nil
	case kind == "bool" && (cell == "true" || cell == "false"):
		return cell, nil
	case kind == "bool" && text && (strings.EqualFold(cell, "true") || strings.EqualFold(cell, "false")):
		return strings.ToLower(cell), nil
	}
	return "", fmt.Errorf("%s is expected here", map[string]string{
		"string": "text", "int": "an integer of 64 bits", "float": "a number", "bool": "true or false",
	}[kind])
}

func isInteger(text string) bool {
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil && jsonInteger.MatchString(text)
}

func isNumber(text string) bool {
	value, err := strconv.ParseFloat(text, 64)
	return err == nil && !math.IsInf(value, 0) && jsonNumber.MatchString(text)
}

var errKey = errors.New("a key has to be text, an integer or a boolean")

// keyText is what a key is compared by: a text itself, what stands there for
// an integer or a boolean.
func keyText(cell string) (string, error) {
	digits := strings.TrimPrefix(cell, "-")
	switch {
	case strings.HasPrefix(cell, `"`):
		return unquote(cell)
	case cell == "true", cell == "false", digits != "" && strings.Trim(digits, "0123456789") == "":
		return cell, nil
	}
	return "", errKey
}

func unquote(cell string) (text string, err error) {
	if !strings.Contains(cell, `\`) {
		return cell[1 : len(cell)-1], nil
	}
	if err = json.Unmarshal([]byte(cell), &text); err != nil {
		return "", err
	}
	// That is what becomes of half a character.
	replaced := strings.Count(text, string(utf8.RuneError))
	if replaced > strings.Count(cell, string(utf8.RuneError))+strings.Count(strings.ToLower(cell), `\ufffd`) {
		return "", errors.New("a key has to be text without lone surrogates")
	}
	return text, nil
}

// quote is text as JSON, with no more escapes than JSON asks for.
func quote(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == '\u2028' || r == '\u2029' }) {
		return `"` + text + `"`
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		panic(err) // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}
