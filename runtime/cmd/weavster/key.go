package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/weavster/weavster/runtime/artifact/signing"
)

func newKey() *cobra.Command {
	command := &cobra.Command{
		Use:   "key",
		Short: "Make a key pair to sign artifacts with, and show public keys",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(newKeyGenerate(), newKeyPublic())
	return command
}

func newKeyGenerate() *cobra.Command {
	var prefix string
	var force bool
	command := &cobra.Command{
		Use:   "generate",
		Short: "Make a key pair, which cosign can use too",
		Long: "Makes PREFIX.key, which signs, and PREFIX.pub, which verifies. The first is encrypted with a password:\n" +
			"the one of " + signing.PasswordVariable + ", or one that is asked for.",
		Example: "  weavster key generate --output keys/release",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			files := keyFiles{private: prefix + ".key", public: prefix + ".pub"}
			if err := files.free(force); err != nil {
				return err
			}
			password, err := newPassword(cmd.InOrStdin(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			pair, err := signing.Generate(password)
			if err != nil {
				return err
			}
			if err := files.write(pair, force); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s signs: keep it, and its password, where no one else can read them\n%s verifies: give it to everyone\n",
				files.private, files.public)
			return nil
		},
	}
	command.Flags().StringVarP(&prefix, "output", "o", "weavster", "the files' `path` without .key and .pub")
	command.Flags().BoolVar(&force, "force", false, "overwrite a key that is there: what it signed needs its public half to be verified")
	return command
}

func newKeyPublic() *cobra.Command {
	var plugins []string
	command := &cobra.Command{
		Use:     "public KEY",
		Short:   "Print the public key of a key file or of a KMS",
		Long:    "Prints the public half of KEY: a file, env://VARIABLE, or the URI of a key in a KMS.",
		Example: "  weavster key public weavster.key\n  weavster key public awskms:///alias/release",
		Args:    oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error {
			keys := signing.Keys{Plugins: plugins, Password: func() ([]byte, error) {
				return password(cmd.InOrStdin(), cmd.ErrOrStderr(), args[0])
			}}
			text, err := signing.PublicKey(cmd.Context(), args[0], keys)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
	addPlugins(command, &plugins)
	return command
}

// keyFiles are the two halves of a key pair.
type keyFiles struct{ private, public string }

// free says what is in the way of new files.
func (f keyFiles) free(force bool) error {
	for _, path := range []string{f.private, f.public} {
		if _, err := os.Lstat(path); err == nil && !force {
			return fmt.Errorf("%s is there already, and stays as it is; --output names other files, --force overwrites these", path)
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (f keyFiles) write(pair *signing.Pair, force bool) error {
	if force { // a new file has its mode from the start; an old one keeps what it has
		for _, path := range []string{f.private, f.public} {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	if err := create(f.private, pair.Private, 0o600); err != nil {
		return err
	}
	return create(f.public, pair.Public, 0o644)
}

// create writes a file that isn't there yet.
func create(path string, text []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// password is that of a key which is there: from the environment, from the
// terminal, or, as cosign does, from a pipe.
func password(in io.Reader, out io.Writer, key string) ([]byte, error) {
	return askPassword(in, out, "Password of "+key+": ", func(ask asker) ([]byte, error) { return ask("") })
}

// newPassword is one for a new key. Where it is typed, it is typed twice; none
// at all has to be wished for in the environment.
func newPassword(in io.Reader, out io.Writer) ([]byte, error) {
	first, err := askPassword(in, out, "Password for the new key: ", func(ask asker) ([]byte, error) {
		first, err := ask("")
		if err != nil || len(first) == 0 {
			return nil, err
		}
		again, err := ask("Once more: ")
		if err != nil {
			return nil, err
		}
		if string(first) != string(again) {
			return nil, errors.New("the passwords differ; nothing was written")
		}
		return first, nil
	})
	if _, wished := os.LookupEnv(signing.PasswordVariable); err == nil && len(first) == 0 && !wished {
		return nil, fmt.Errorf("a key needs a password: set %s, or start this on a terminal; a key without one signs for whoever finds the file: if that is meant, set %[1]s to nothing", signing.PasswordVariable)
	}
	return first, err
}

// asker reads a line that isn't shown; without a prompt of its own, the first.
type asker func(prompt string) ([]byte, error)

func askPassword(in io.Reader, out io.Writer, prompt string, dialogue func(asker) ([]byte, error)) ([]byte, error) {
	if set, ok := os.LookupEnv(signing.PasswordVariable); ok {
		return []byte(set), nil
	}
	terminal, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return io.ReadAll(io.LimitReader(in, 1<<16))
	}
	return dialogue(func(next string) ([]byte, error) {
		if next == "" {
			next = prompt
		}
		fmt.Fprint(out, next)
		defer fmt.Fprintln(out)
		return term.ReadPassword(int(terminal.Fd()))
	})
}
