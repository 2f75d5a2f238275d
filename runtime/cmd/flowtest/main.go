// Command flowtest runs a flow's fixtures through its compiled module:
//
//	flowtest --module flow.wasm --manifest manifest.json flows/orders_test.yaml
//
// It exits with 0 when all cases pass, 1 when some fail or cover too little of
// the flow, and 2 when they can't be run. Under Bazel it keeps to the test protocol: --test_filter,
// sharding, and the XML report.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"golang.org/x/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// Exit codes.
const (
	exitPassed = iota
	exitFailed
	exitBroken
)

// options are the command line's.
type options struct {
	module, manifest string
	filter           string
	json, rewrites   bool
	leastCoverage    int
	fixtures         []string
}

func parse(args []string, getenv func(string) string, out io.Writer) (*options, error) {
	var o options
	flags := flag.NewFlagSet("flowtest", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.module, "module", "", "the compiled flow, a .wasm `file`")
	flags.StringVar(&o.manifest, "manifest", "", "the flow's manifest, a .json `file`")
	flags.StringVar(&o.filter, "filter", getenv("TESTBRIDGE_TEST_ONLY"), "run only cases whose name has this `text` in it, or matches it where it has a * or ?")
	flags.BoolVar(&o.rewrites, "update", false, "make the cases that fail expect what came out, in their files")
	flags.IntVar(&o.leastCoverage, "min-coverage", 0, "fail when less than this `percentage` of the flow's steps and branches is covered")
	flags.BoolVar(&o.json, "json", false, "write the report as JSON")
	flags.Usage = func() {
		fmt.Fprintln(out, "usage: flowtest --module FILE --manifest FILE [--filter TEXT] [--min-coverage N] [--json | --update] FIXTURES...")
		flags.PrintDefaults()
	}
	// A build names the fixtures, and whoever runs it adds flags behind them.
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			break
		}
		o.fixtures, args = append(o.fixtures, flags.Arg(0)), flags.Args()[1:]
	}
	if o.module == "" || o.manifest == "" || len(o.fixtures) == 0 {
		return nil, errors.New("flowtest needs --module, --manifest and at least one file of fixtures")
	}
	if o.json && o.rewrites {
		return nil, errors.New("--update gives no report: leave out --json")
	}
	if o.leastCoverage < 0 || o.leastCoverage > 100 {
		return nil, fmt.Errorf("--min-coverage %d is no percentage", o.leastCoverage)
	}
	return &o, nil
}

func run(ctx context.Context, args []string, getenv func(string) string, out, errs io.Writer) int {
	o, err := parse(args, getenv, errs)
	if errors.Is(err, flag.ErrHelp) {
		return exitPassed
	}
	if err != nil {
		fmt.Fprintln(errs, err)
		return exitBroken
	}
	t := &tester{options: o, bazel: bazel{getenv}, colour: coloured(out, getenv), out: out, errs: errs}
	code, err := t.test(ctx)
	if err != nil {
		fmt.Fprintln(errs, err)
		return exitBroken
	}
	return code
}

// coloured is whether the output is a terminal whose user wants colours.
func coloured(out io.Writer, getenv func(string) string) bool {
	file, ok := out.(*os.File)
	return ok && getenv("NO_COLOR") == "" && term.IsTerminal(int(file.Fd()))
}
