package expr

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/weavster/weavster/codegen/source"
)

// TimeFormats are the formats of times that have a name, and what they mean.
// Counts since 1970 may have a fraction.
var TimeFormats = []struct{ Name, Doc string }{
	{"rfc3339", "`2026-01-02T03:04:05.6Z` or with an offset, `+01:00`"},
	{"rfc2822", "`Fri, 02 Jan 2026 03:04:05 +0100`"},
	{"iso_datetime", "`2026-01-02T03:04:05`, without an offset"},
	{"iso_date", "`2026-01-02`: midnight"},
	{"unix", "seconds since 1970"},
	{"unix_ms", "milliseconds since 1970"},
	{"unix_us", "microseconds since 1970"},
	{"unix_ns", "nanoseconds since 1970"},
}

// A FormatUse is what a format of times is used for.
type FormatUse int

// A format reads a text as a time, or writes a time as text.
const (
	ReadsTime FormatUse = iota
	WritesTime
)

//go:embed strftime.txt
var strftime string

// directives are those of strftime, with what they can be used for.
var directives = sync.OnceValue(func() map[string]string {
	known := map[string]string{}
	for line := range strings.Lines(strftime) {
		if directive, use, ok := strings.Cut(strings.TrimSpace(line), " "); ok && directive != "#" {
			known[directive] = use
		}
	}
	return known
})

// directive takes one apart: flag, width, colons or a point with digits, letter.
var directive = regexp.MustCompile(`^%[-_0^#]?[0-9]{0,3}(:{0,3}|\.[0-9]?)([A-Za-z%])`)

// CheckTimeFormat says what is wrong with a format of times: one of
// TimeFormats, or a pattern of strftime.
func CheckTimeFormat(format string, use FormatUse) error {
	names := TimeFormatNames()
	if slices.Contains(names, format) {
		return nil
	}
	if !strings.Contains(format, "%") {
		if near, ok := source.Nearest(format, names); ok {
			return fmt.Errorf("there is no format %q; did you mean %q?", format, near)
		}
		return fmt.Errorf("there is no format %q: it is %s, or a pattern such as %%d.%%m.%%Y", format, strings.Join(names, ", "))
	}
	list, wrong := timeDirectives(format)
	if wrong != "" {
		return fmt.Errorf("%q is no directive; a %% itself is written %%%%", wrong)
	}
	for _, name := range list {
		switch known := directives()[name]; {
		case known == "":
			return fmt.Errorf("the directive %s is unknown", name)
		case known == "write" && use == ReadsTime:
			return fmt.Errorf("the directive %s can be written but not read", name)
		}
	}
	if use == ReadsTime && !tellsDay(list) {
		return errors.New("it doesn't tell the day: year, month and day, such as %Y-%m-%d, or seconds since 1970, %s")
	}
	return nil
}

// timeDirectives are a pattern's, without flags and widths; and the first two
// characters of what is none.
func timeDirectives(pattern string) (list []string, wrong string) {
	for {
		at := strings.IndexByte(pattern, '%')
		if at < 0 {
			return list, ""
		}
		pattern = pattern[at:]
		parts := directive.FindStringSubmatch(pattern)
		if parts == nil {
			return list, pattern[:min(len(pattern), 2)]
		}
		list = append(list, "%"+strings.TrimRight(parts[1], "0123456789")+parts[2])
		pattern = pattern[len(parts[0]):]
	}
}

// TimeFormatNames are the names of formats.
func TimeFormatNames() []string {
	names := make([]string, len(TimeFormats))
	for i, format := range TimeFormats {
		names[i] = format.Name
	}
	return names
}

// tellsDay says whether directives determine a day.
func tellsDay(list []string) bool {
	has := func(letters string) bool {
		return strings.ContainsFunc(letters, func(r rune) bool { return slices.Contains(list, "%"+string(r)) })
	}
	year, weekday := has("Yy"), has("AauwF")
	return has("sFD") || year && has("Bbhm") && has("de") || year && has("j") ||
		year && has("UW") && weekday || has("Gg") && has("V") && weekday
}

// HasOffset says whether texts of a format say by themselves how far they are
// from UTC, so that a zone has no say.
func HasOffset(format string) bool {
	if !strings.Contains(format, "%") {
		return !strings.HasPrefix(format, "iso_")
	}
	list, _ := timeDirectives(format)
	return slices.ContainsFunc(list, func(name string) bool { return name == "%s" || strings.HasSuffix(name, "z") })
}

//go:embed zones.txt
var zoneList string

// Zones are the names of the time zones, as the guest's database has them.
var Zones = sync.OnceValue(func() []string { return strings.Fields(zoneList) })

// CheckZone says that there is no such time zone.
func CheckZone(name string) error {
	if slices.Contains(Zones(), name) {
		return nil
	}
	if near, ok := source.Nearest(name, Zones()); ok {
		return fmt.Errorf("there is no time zone %q; did you mean %q?", name, near)
	}
	return fmt.Errorf("there is no time zone %q; write one such as Europe/Vienna or UTC", name)
}
