package source

import (
	"math/bits"
	"strings"
)

// Nearest is the candidate that was most likely meant by name: within one
// slip for every three characters, at most three; a slip is a character too
// many, too few, other, or swapped with its neighbour. Case and the choice
// between `-` and `_` count for nothing.
func Nearest(name string, candidates []string) (string, bool) {
	best, found := "", false
	least := limit(name) + 1
	for _, candidate := range candidates {
		if candidate == name {
			continue
		}
		distance := slips(fold(name), fold(candidate))
		// The alphabet decides between equals, so that the answer doesn't
		// hang on the order of a map.
		if distance < least || distance == least && found && candidate < best {
			best, least, found = candidate, distance, true
		}
	}
	return best, found
}

// Slips is how many slips lie between two names, or 4 where there are more.
func Slips(a, b string) int { return min(4, slips(fold(a), fold(b))) }

func limit(name string) int { return min(3, max(1, len([]rune(name))/3)) }

func fold(s string) []rune {
	return []rune(strings.ReplaceAll(strings.ToLower(s), "-", "_"))
}

// slips is the optimal string alignment distance.
func slips(a, b []rune) int {
	if over := len(a) - len(b); over > 3 || over < -3 {
		return 4
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// An Outline tells of most pairs of names that they are far apart, without
// looking at them letter by letter.
type Outline struct {
	length  int
	letters uint64 // a bit for each that the name has; several share one
}

// OutlineOf is a name's outline.
func OutlineOf(name string) Outline {
	o := Outline{}
	for _, letter := range fold(name) {
		o.length++
		o.letters |= 1 << (letter % 64)
	}
	return o
}

// Within says whether so many slips may lie between two names. One slip
// changes the length by one, and at most two of the letters.
func (o Outline) Within(slips int, other Outline) bool {
	over := o.length - other.length
	return over <= slips && over >= -slips && bits.OnesCount64(o.letters^other.letters) <= 2*slips
}
