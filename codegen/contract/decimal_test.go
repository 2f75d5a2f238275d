package contract

import (
	"strings"
	"testing"
)

func TestDecimalsHave38Digits(t *testing.T) {
	nines := strings.Repeat("9", 38)
	for text, want := range map[string]bool{
		"0": true, "-1.10": true, "+007": true, "1e37": true, "1e38": false, "1.5e-37": true, "1e-38": true, "1e-39": false,
		nines: true, nines + "0": false, "1" + nines: false, "0." + nines: true, "1." + nines: false,
		"1." + strings.Repeat("0", 60): true, "0e99999999999999999999": true, "1e99999999999999999999": false, "10e37": false, "100e35": true,
		"": false, "x": false, "1_000": false, " 7": false, ".5": false, "5.": false, "0x10": false, "NaN": false, "1e": false,
	} {
		if got := IsDecimal(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
