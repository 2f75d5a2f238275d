package ir

import (
	"regexp"
	"strconv"
	"strings"
)

var plainName = regexp.MustCompile(`^[\pL_][\pL\pN_-]*$`)

// String is the path as it is written in a flow: `customer.id`,
// `items[0].sku`, `"a.b".c`.
func (p Path) String() string {
	var b strings.Builder
	for i, step := range p {
		switch step := step.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(step) + "]")
		case string:
			if i > 0 {
				b.WriteByte('.')
			}
			if plainName.MatchString(step) {
				b.WriteString(step)
			} else {
				b.WriteString(strconv.Quote(step))
			}
		}
	}
	return b.String()
}
