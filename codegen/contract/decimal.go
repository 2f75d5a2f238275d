package contract

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// DecimalDigits is how many digits a decimal has at most, and how many of them
// after the point. The guest crate's `decimal.rs` holds the same number.
const DecimalDigits = 38

var decimalForm = regexp.MustCompile(`^[-+]?([0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?$`)

// IsDecimal says whether a number's text is that of a decimal: zeros at its
// end don't count where there is no room for them.
func IsDecimal(text string) bool {
	parts := decimalForm.FindStringSubmatch(text)
	if parts == nil {
		return false
	}
	digits := strings.TrimLeft(parts[1]+parts[2], "0")
	significant := strings.TrimRight(digits, "0")
	if significant == "" {
		return true
	}
	exponent := new(big.Int)
	if parts[3] != "" {
		exponent.SetString(strings.TrimPrefix(parts[3], "+"), 10)
	}
	// The number is the significant digits times ten to this power.
	power := exponent.Add(exponent, big.NewInt(int64(len(digits)-len(significant)-len(parts[2]))))
	lowest, highest := new(big.Int).Neg(big.NewInt(DecimalDigits)), big.NewInt(int64(DecimalDigits-len(significant)))
	return len(significant) <= DecimalDigits && power.Cmp(lowest) >= 0 && power.Cmp(highest) <= 0
}

// DecimalJSON is a decimal as modules are given it: text, for a number would
// be a float to them.
func DecimalJSON(text string) string { return strconv.Quote(text) }
