package transform

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// A story is what a flow does with fields, a word for each event, such as
// "read:totl make:total take:id>order_id branch trunk maybe surely".
func tell(story string) string {
	file := source.NewFile("story", []byte(story))
	var f Fields
	at := 0
	for _, word := range strings.Fields(story) {
		at += strings.Index(story[at:], word)
		verb, name, _ := strings.Cut(word, ":")
		name, to, _ := strings.Cut(name, ">")
		span := source.Span{Start: at, End: at + len(word)}
		var path ir.Path
		for _, part := range strings.Split(name, ".") {
			path = append(path, part)
		}
		switch verb {
		case "read":
			f.See(expr.Read{Path: path, File: file, Span: span})
		case "sure":
			f.See(expr.Read{Path: path, File: file, Span: span, Sure: true})
		case "lenient":
			f.See(expr.Read{Path: path, File: file, Span: span, Lenient: true})
		case "touch":
			f.take(path, &syntax.Node{File: file, Span: span, Text: name})
		case "make":
			f.create(path)
		case "take":
			f.remove(path, to)
		case "keep":
			f.removeOthers([]ir.Path{path})
		case "scope":
			f.Scope()
		case "mix":
			f.mixIn()
		case "branch":
			f.Branch()
		case "trunk":
			f.Trunk()
		case "maybe":
			f.begin("s", true)
		case "surely":
			f.begin("s", false)
		}
		at += len(word)
	}
	var diags source.Diagnostics
	f.Check(&diags)
	var lines []string
	for _, one := range diags.Sorted() {
		lines = append(lines, one.File.Slice(one.Span)+" "+one.Message+"; "+one.Hint)
	}
	return strings.Join(lines, "\n")
}

func TestSlips(t *testing.T) {
	const meantTotal = "read:totl unknown field \"totl\"; did you mean \"total\"? If messages do have it, write `this.totl`"
	for story, want := range map[string]string{
		"make:total read:totl":                       meantTotal,
		"read:total read:total read:totl":            meantTotal,
		"read:total read:totl":                       "", // either may be the field
		"read:totl make:total":                       "", // made too late to be meant
		"make:total read:totl read:totl":             "", // written twice: meant
		"make:total make:totl read:totl":             "",
		"make:total sure:totl":                       "",
		"make:id read:ib":                            "", // too short to tell
		"make:address1 read:address2":                "",
		"make:order read:orders":                     "",
		"make:customer_name read:custmer_nmae":       "read:custmer_nmae unknown field \"custmer_nmae\"; did you mean \"customer_name\"? If messages do have it, write `this.custmer_nmae`",
		"make:price read:prime_minister":             "",
		"branch make:colour trunk read:colur":        "", // what an output makes, others don't see
		"branch make:colour branch read:colur":       "",
		"branch make:colour read:colur":              "read:colur unknown field \"colur\"; did you mean \"colour\"? If messages do have it, write `this.colur`",
		"make:total branch read:totl":                meantTotal,
		"make:customer.name read:custmer.name":       "read:custmer.name unknown field \"custmer\"; did you mean \"customer\"? If messages do have it, write `this.custmer`",
		"make:total touch:totl":                      "touch:totl unknown field \"totl\"; did you mean \"total\"? If messages do have it, put its name in quotes of its own",
		`make:total touch:"totl"`:                    "",
		"make:total read:totl make:price read:prcie": meantTotal + "\nread:prcie unknown field \"prcie\"; did you mean \"price\"? If messages do have it, write `this.prcie`",
		"make:total scope read:totl":                 "", // another message's
		"make:total scope make:x branch read:totl":   "",
		"scope make:total branch read:totl":          meantTotal,
		"make:total lenient:totl":                    "lenient:totl unknown field \"totl\"; did you mean \"total\"? If messages do have it, write `this.totl`",
	} {
		if diff := cmp.Diff(want, tell(story)); diff != "" {
			t.Errorf("%s\n%s", story, diff)
		}
	}
}

func TestFieldsThatWereTakenAway(t *testing.T) {
	const renamed = `read:id field "id" isn't there any more: step "s" took it away; did you mean "order_id"?`
	for story, want := range map[string]string{
		"surely take:id>order_id make:order_id read:id": renamed,
		"surely take:id read:id.sub":                    `read:id.sub field "id" isn't there any more: step "s" took it away; `,
		"surely take:id sure:id":                        `sure:id field "id" isn't there any more: step "s" took it away; `,
		"surely read:id take:id":                        "",
		"surely take:id make:id read:id":                "",
		"surely take:id lenient:id":                     "",
		"surely take:id touch:id":                       "",
		"surely take:id.part read:id":                   "",
		"maybe take:id read:id":                         "",
		"branch surely take:id trunk read:id":           "",
		"branch surely take:id branch read:id":          "",
		"surely take:id>order_id branch read:id":        renamed,
		"surely keep:total read:id":                     `read:id field "id" isn't there any more: step "s" took it away; `,
		"surely keep:id.part read:id":                   "",
		"surely keep:total make:id read:id":             "",
		"surely read:id keep:total":                     "",
		"surely keep:total lenient:id touch:id":         "",
		"maybe keep:total read:id":                      "",
		"branch surely keep:total trunk read:id":        "",
		"surely take:id mix read:id":                    "",
		"surely take:id scope read:id":                  "",
		"scope surely take:id branch read:id":           `read:id field "id" isn't there any more: step "s" took it away; `,
		"branch scope surely take:id trunk read:id":     "",
	} {
		if diff := cmp.Diff(want, tell(story)); diff != "" {
			t.Errorf("%s\n%s", story, diff)
		}
	}
}
