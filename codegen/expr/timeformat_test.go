package expr

import (
	"strings"
	"testing"
)

func TestTimeFormats(t *testing.T) {
	for format, want := range map[string]string{
		"rfc3339": "", "unix_ms": "", "%d.%m.%Y %H:%M": "", "%-d/%_m/%y": "", "%FT%T%.3f%:z": "", "%s": "", "%Y%j": "", "%G-W%V-%u": "",
		"%a %b %e %T %Y": "", "100%% %F": "",
		"rfc339":   `there is no format "rfc339"; did you mean "rfc3339"?`,
		"DD.MM.YY": `there is no format "DD.MM.YY": it is rfc3339, `,
		"%Y-%m":    "it doesn't tell the day: ",
		"%H:%M":    "it doesn't tell the day: ",
		"%F %Z":    "the directive %Z can be written but not read",
		"%F %Q":    "the directive %Q can be written but not read",
		"%F %i":    "the directive %i is unknown",
		"%F %":     `"%" is no directive; a % itself is written %%`,
		"%F %!":    `"%!" is no directive`,
		"%F %c":    "the directive %c is unknown",
	} {
		err := CheckTimeFormat(format, ReadsTime)
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", format, err, want)
		}
	}
	for _, format := range []string{"%H:%M", "%F %Z", "%A, %:Q"} {
		if err := CheckTimeFormat(format, WritesTime); err != nil {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestWhichFormatsHaveAnOffset(t *testing.T) {
	for format, want := range map[string]bool{"rfc3339": true, "unix": true, "iso_date": false, "iso_datetime": false, "%F": false, "%F %z": true, "%F%%z": false, "%F %:z": true, "%s": true} {
		if got := HasOffset(format); got != want {
			t.Errorf("%s: %t", format, got)
		}
	}
}

func TestZones(t *testing.T) {
	for name, want := range map[string]string{
		"Europe/Vienna": "", "UTC": "", "America/Argentina/Buenos_Aires": "",
		"Europe/Wienna": `there is no time zone "Europe/Wienna"; did you mean "Europe/Vienna"?`,
		"local":         `there is no time zone "local"`,
	} {
		err := CheckZone(name)
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
