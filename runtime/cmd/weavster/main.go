// Command weavster runs message flows. See README.md for commands and exit
// codes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	_ "time/tzdata" // for images, which have no zones of their own

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/engine"
)

const (
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// errReported is a failure about which everything has been said.
var errReported = errors.New("reported")

func main() {
	started, err := enterUserFolder()
	if err != nil {
		os.Exit(report(os.Stderr, err))
	}
	signals := newSignals()
	err = newRoot(signals, started).ExecuteContext(signals.ctx)
	os.Exit(signals.code(report(os.Stderr, err), err))
}

// newRoot is the whole command line. What rules name starts from the folder
// that the process was started in.
func newRoot(signals *signals, started string) *cobra.Command {
	w := &workspace{started: started}
	root := &cobra.Command{
		Use:           "weavster",
		Short:         "Message flows as build targets",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
	})
	flags := root.PersistentFlags()
	flags.StringVar(&w.project, "project", "", "the project's `folder`")
	flags.Var(builtPath{&w.bundle, started}, "bundle", "a built project's `folder`")
	flags.StringVar(&w.profile, "profile", "", "the profile of profiles.yaml to use")
	flags.StringArrayVar(&w.vars, "vars", nil, "a variable, `name=value`; may be given several times")
	root.AddCommand(newRun(w, signals), newCompile(w), newTest(w), newValidate(w), newExplain(w), newSchema(), newSQL(w), newDeadLetter(w),
		newPackage(w), newLoad(w), newPush(w), newPull(w), newKey(), newVerify(w), newInspect(w), newDiff(w), newConfig(w), newVersion())
	wrapArgs(root)
	return root
}

// wrapArgs makes what cobra says about arguments a usage error.
func wrapArgs(command *cobra.Command) {
	if check := command.Args; check != nil {
		command.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				if near, ok := nearestCommand(cmd, args); ok {
					return usageError{fmt.Errorf("%w; did you mean %q? See %s --help", err, near, cmd.CommandPath())}
				}
				return usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
			}
			return nil
		}
	}
	for _, sub := range command.Commands() {
		wrapArgs(sub)
	}
}

func nearestCommand(cmd *cobra.Command, args []string) (string, bool) {
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	if len(args) == 0 {
		return "", false
	}
	return source.Nearest(args[0], names)
}

// oneArgument is cobra.ExactArgs(1), saying what the argument is.
func oneArgument(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 1:
		return nil
	case 0:
		return fmt.Errorf("no arguments where one belongs: %s %s", cmd.Parent().CommandPath(), cmd.Use)
	}
	return fmt.Errorf("%d arguments where one belongs: %s %s", len(args), cmd.Parent().CommandPath(), cmd.Use)
}

// report writes what went wrong, and gives the exit code for it.
func report(w io.Writer, err error) int {
	var usage usageError
	var failure *source.Failure
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errReported), errors.Is(err, engine.ErrInterrupted), errors.Is(err, context.Canceled):
	case errors.As(err, &failure):
		// A place in a file is shown with its line.
		if err := failure.Print(w, isTerminal(w)); err != nil {
			return exitFailed
		}
	default:
		fmt.Fprintln(w, "weavster:", err)
	}
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// signals are the user's wish to stop: the first one ends the context, the
// second one the process.
type signals struct {
	ctx  context.Context
	last atomic.Int32
}

func newSignals() *signals {
	ctx, cancel := context.WithCancel(context.Background())
	s := &signals{ctx: ctx}
	arrived := make(chan os.Signal, 2)
	signal.Notify(arrived, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		for got := range arrived {
			number, _ := got.(syscall.Signal)
			if s.last.Swap(int32(number)) != 0 {
				os.Exit(128 + int(number))
			}
			if isTerminal(os.Stderr) {
				fmt.Fprintln(os.Stderr, "\r\x1b[Kfinishing what is on the way; once more to end at once")
			}
			cancel()
		}
	}()
	return s
}

// code is the exit code: a command that a signal ended says which.
func (s *signals) code(code int, err error) int {
	if number := int(s.last.Load()); err != nil && number != 0 && code != exitUsage {
		return 128 + number
	}
	return code
}
