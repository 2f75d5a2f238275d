package policy

import (
	"errors"
	"path"
	"strings"
)

const anyPath = "**"

// matches holds a place against a pattern, part by part between slashes.
func matches(pattern, place string) bool {
	return matchParts(strings.Split(pattern, "/"), strings.Split(place, "/"))
}

// canonical is a place, or a pattern of places, whose host is written in the
// one way: capitals, a dot at its end and the port that goes without saying
// lead to the same registry, and must not lead past an entry about it.
func canonical(place string) string {
	host, repository, ok := strings.Cut(place, "/")
	host = strings.ToLower(host)
	for _, port := range []string{":443", ":80"} {
		host = strings.TrimSuffix(host, port)
	}
	name, port, hasPort := strings.Cut(host, ":")
	if host = strings.TrimSuffix(name, "."); hasPort {
		host += ":" + port
	}
	if !ok {
		return host
	}
	return host + "/" + repository
}

// matchParts follows one `**` at a time: where the rest after it doesn't
// match, it takes one more part. An earlier one never has to be tried again,
// since a later one takes anything, too.
func matchParts(pattern, place []string) bool {
	star, from := -1, 0 // the last `**`, and where its rest was tried
	p, i := 0, 0
	for i < len(place) {
		switch {
		case p < len(pattern) && pattern[p] == anyPath:
			star, from = p, i
			p++
		case p < len(pattern) && matchPart(pattern[p], place[i]):
			p, i = p+1, i+1
		case star >= 0:
			from++
			p, i = star+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == anyPath {
		p++
	}
	return p == len(pattern)
}

func matchPart(pattern, part string) bool {
	ok, err := path.Match(pattern, part)
	return err == nil && ok
}

func checkPattern(pattern string) error {
	if strings.Contains(pattern, "://") {
		return errors.New("leave the scheme out")
	}
	if _, repository, _ := strings.Cut(pattern, "/"); !strings.HasPrefix(pattern, "/") && strings.ContainsAny(repository, ":@") {
		return errors.New("it is about repositories; `annotations` and `digests` say which tags and digests")
	}
	for _, part := range strings.Split(pattern, "/") {
		if part != anyPath && strings.Contains(part, anyPath) {
			return errors.New("** stands alone between slashes")
		}
		if _, err := path.Match(part, ""); err != nil {
			return errors.New("a bracket isn't closed")
		}
	}
	return nil
}
