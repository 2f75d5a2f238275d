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
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	_ "time/tzdata" // for images, which have no zones of their own

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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
	root.SetFlagErrorFunc(flagError)
	flags := root.PersistentFlags()
	flags.StringVar(&w.project, "project", "", "the project's `folder`")
	flags.Var(builtPath{&w.bundle, started}, "bundle", "a built project's `folder`")
	flags.StringVar(&w.profile, "profile", "", "the profile of profiles.yaml to use; default: "+profileVariable+", or `default`")
	flags.StringArrayVar(&w.vars, "vars", nil, "a variable, `name=value`; may be given several times")
	root.AddCommand(newRun(w, signals), newCompile(w), newTest(w), newValidate(w), newExplain(w), newSchema(), newSQL(w), newDeadLetter(w),
		newPackage(w), newLoad(w), newPush(w), newPull(w), newKey(), newVerify(w), newInspect(w), newDiff(w), newConfig(w), newVersion())
	wrapArgs(root)
	return root
}

// flagError is a usage error, with the flag that may have been meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, f.Name)
			}
		})
		if near, ok := source.Nearest(unknown.GetSpecifiedName(), names); ok {
			return usageError{fmt.Errorf("%w; did you mean --%s? See %s --help", err, near, cmd.CommandPath())}
		}
	}
	return usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
}

// wrapArgs makes what cobra says about arguments, and about flags that don't
// go together, a usage error.
func wrapArgs(command *cobra.Command) {
	check := command.Args
	if check == nil {
		check = cobra.ArbitraryArgs
	}
	command.Args = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			if near, ok := nearestCommand(cmd, args); ok {
				return usageError{fmt.Errorf("%w; did you mean %q? See %s --help", err, near, cmd.CommandPath())}
			}
			return usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
		}
		return checkGroups(cmd)
	}
	for _, sub := range command.Commands() {
		wrapArgs(sub)
	}
}

// together is cobra's end of a sentence about flags that exclude each other.
var together = regexp.MustCompile(`\[([^\]]+)\] were all set$`)

func checkGroups(cmd *cobra.Command) error {
	err := cmd.ValidateFlagGroups()
	if err == nil {
		return nil
	}
	if m := together.FindStringSubmatch(err.Error()); m != nil {
		err = fmt.Errorf("--%s can't be had at once", strings.Join(strings.Fields(m[1]), " and --"))
	}
	return usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
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

// twoArguments is cobra.ExactArgs(2), saying what they are.
func twoArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 2 {
		return nil
	}
	many := map[int]string{0: "no arguments", 1: "one argument"}[len(args)]
	if many == "" {
		many = fmt.Sprintf("%d arguments", len(args))
	}
	return fmt.Errorf("%s where two belong: %s %s", many, cmd.Parent().CommandPath(), cmd.Use)
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
		// A registry's words may be in it, and those of whoever made an artifact.
		fmt.Fprintln(w, "weavster:", printable(err.Error(), true))
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
