package contract

import (
	"fmt"
	"strings"
	"testing"
)

const goodManifest = `{"abi":1,"compiler":"weavster","flow":"orders","file":"flows/orders.yaml","description":"two\nlines",
"input":{"name":"file.in","at":{"line":1,"column":8}},"outputs":[{"name":"file.out","at":{"line":9,"column":9}}],
"vars":[{"name":"limit","type":"int","default":"10","at":{"line":2,"column":3}}],
"tables":[{"name":"countries","key":["a"],"columns":["a","A"],"types":{"a":"int","A":"int"},"at":{"line":3,"column":3}}],
"steps":[{"id":"total","kind":"compute","at":{"line":5,"column":5},"output":"file.out","on_error":"skip",
"expressions":[{"source":"qty * price","form":"value","at":{"line":5,"column":5},"reads":[{"path":"qty","pointer":"/qty"}]}]}],
"errors":{"unavailable":{"retry":-1,"min_backoff":"1s","max_backoff":"5m"},"rejected":{"retry":3}},"order":"none","later":{"a":1}}`

func TestReadManifest(t *testing.T) {
	m, err := ReadManifest([]byte(goodManifest))
	if err != nil || m.Flow != "orders" || len(m.Steps) != 1 || *m.Vars[0].Default != "10" {
		t.Errorf("%+v, %v", m, err)
	}
}

// A manifest from an artifact may say anything: each is refused with its own
// reason.
func TestReadManifestBelievesNothing(t *testing.T) {
	many := func(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	const at = `"at":{"line":9,"column":9}}`
	for _, c := range []struct{ old, new, want string }{
		{`"later":{"a":1}}`, `"later":{"a":1}} {}`, "invalid character '{' after top-level value"},
		{`"later":{"a":1}`, `"later":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), "exceeded max depth"},
		{`"later":{"a":1}`, `"later":{"a":1,"a":2}`, `a key stands twice in one object: "a"`},
		{`"order":"none"`, `"order":"none","flow":"other"`, `a key stands twice in one object: "flow"`},
		{`"compiler":"weavster"`, `"compiler":"` + strings.Repeat("x", MaxManifestBytes) + `"`, "at most 16777216 are read"},
		{`"orders"`, `"../orders"`, `"../orders" can't be the name of its flow`},
		{`"weavster"`, `"\u001b[2Jweavster"`, `the compiler "\x1b[2Jweavster" is too long, or holds characters that don't print`},
		{`flows/orders.yaml`, `flows/\u202eorders.yaml`, "holds characters that don't print"},
		{`"kind":"compute"`, `"kind":"` + strings.Repeat("x", 301) + `"`, "is too long"},
		{`"file.in"`, `"file.in\n"`, `"file.in\n" can't be the name of its input`},
		{`"file.out",` + at[:4], `"../x",` + at[:4], `"../x" can't be the name of its output`},
		{`[{"name":"file.out",` + at, `[` + many(1001, `{"name":"file.out",`+at), "it has 1001 outputs, which is more than the 1000 allowed"},
		{`"steps":[`, `"steps":[` + many(65_535, `{"id":"a","kind":"b","at":{"line":1,"column":1}}`) + ",", "it has 65536 steps, which is more than the 65535 allowed"},
		{`"output":"file.out"`, `"output":"file.other"`, `step "total" is for output "file.other", which isn't there`},
		{`"id":"total"`, `"id":""`, "a step has no name"},
		{`"on_error":"skip"`, `"on_error":"ignore"`, `"ignore" can't be the on_error of a step`},
		{`"type":"int"`, `"type":"blob"`, `"blob" can't be the type of a variable`},
		{`"default":"10"`, `"default":"10,"`, "the default of variable limit isn't JSON"},
		{`"name":"limit"`, `"name":"li-mit"`, `"li-mit" can't be the name of its variable`},
		{`"columns":["a","A"]`, `"columns":[` + many(1001, `"a"`) + `]`, "it has 1001 columns"},
		{`"form":"value"`, `"form":"code"`, `"code" can't be the form of an expression`},
		{`"min_backoff":"1s"`, `"min_backoff":"-1s"`, `"-1s" isn't a time to wait`},
		{`"max_backoff":"5m"`, `"max_backoff":"soon"`, `"soon" isn't a time to wait`},
		{`"retry":3`, `"retry":-2`, "-2 isn't a number of tries"},
		{`"order":"none"`, `"order":"any"`, `"any" can't be the order`},
		{`"order":"none"`, `"order":"source","key":{"path":"id","pointer":"/id"}`, `it has a key, and its order is "source"`},
		{`"order":"none"`, `"order":"key","key":{"path":"` + strings.Repeat("x", 1<<20+1) + `","pointer":"/x"}`, "a field is longer than 1048576 bytes"},
		{`"line":1,"column":8`, `"line":-1,"column":8`, "line -1, column 8 isn't a place"},
		{`"outputs":[`, `"outputs":{`, "invalid character"},
		{`"abi":1`, `"abi":0`, "it was compiled for version 0 of the module contract, and this weavster runs version 1: build it again with this one's compiler"},
		// A newer manifest may have any form.
		{`"abi":1,"compiler":"weavster"`, `"abi":2,"compiler":{"name":1}`, "it was compiled for version 2 of the module contract, and this weavster runs version 1: run it with the weavster that it was built with, or a newer one"},
	} {
		if !strings.Contains(goodManifest, c.old) {
			t.Fatalf("no %q", c.old)
		}
		_, err := ReadManifest([]byte(strings.Replace(goodManifest, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: got %.300v, want %q", c.new, err, c.want)
		}
	}
}

// Once there are several versions, old ones run until they can't.
func TestVersionsOfTheContract(t *testing.T) {
	for version := range 6 {
		err := checkABI(version, 2, 4)
		if runs := version >= 2 && version <= 4; runs != (err == nil) {
			t.Errorf("version %d: %v", version, err)
		}
		if want := "versions 2 to 4"; err != nil && !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("version %d: %v", version, err)
		}
	}
}
