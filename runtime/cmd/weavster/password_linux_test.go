package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weavster/weavster/runtime/artifact/signing"
)

func TestANewPasswordIsTypedTwice(t *testing.T) {
	tests := []struct {
		name, typed, password, says string
	}{
		{"twice the same", "open sesame\nopen sesame\n", "open sesame", ""},
		{"a slip", "open sesame\nopen sesam\n", "", "the passwords differ"},
		{"none", "\n", "", "set COSIGN_PASSWORD to nothing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			withoutPassword(t)
			master, terminal := openTerminal(t)
			if _, err := master.WriteString(test.typed); err != nil {
				t.Fatal(err)
			}
			var prompts bytes.Buffer
			got, err := newPassword(terminal, &prompts)
			if string(got) != test.password || (err == nil) != (test.says == "") {
				t.Errorf("got %q, %v", got, err)
			}
			if err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %q", err, test.says)
			}
			if !strings.HasPrefix(prompts.String(), "Password for the new key: ") || strings.Contains(prompts.String(), "sesame") {
				t.Errorf("the terminal shows %q", prompts.String())
			}
		})
	}
}

// Where no events are logged, a terminal is told that nobody was asked.
func TestATerminalIsTold(t *testing.T) {
	away(t)
	folder := layout(t, tiered(t, "gold", "One"))
	master, terminal := openTerminal(t)
	stderr := os.Stderr
	os.Stderr = terminal
	t.Cleanup(func() { os.Stderr = stderr })
	if a := weavster(t, "run", "--insecure-unsigned", "--flow", "nosuch", folder); a.code != 2 {
		t.Errorf("%+v", a)
	}
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	told, _ := io.ReadAll(master) // which ends with an error, as nobody holds the other end
	if !strings.Contains(string(told), "NOBODY HAS VOUCHED FOR "+folder) {
		t.Errorf("the terminal shows %q", told)
	}
}

// Nor does it see in a log who signed what runs, and where data will go.
func TestATerminalShowsSignersAndTheConfiguration(t *testing.T) {
	p := publish(t)
	digest := strings.TrimSpace(weavster(t, "config", "digest", "--insecure-registry", "--key", p.public, p.reference("shop")).out)
	master, terminal := openTerminal(t)
	stderr := os.Stderr
	os.Stderr = terminal
	t.Cleanup(func() { os.Stderr = stderr })
	p.runs(t, p.reference("shop"))
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	told, _ := io.ReadAll(master) // which ends with an error, as nobody holds the other end
	for _, want := range []string{"artifact       " + p.reference("shop") + ", sha256:", ", signed by " + p.public, "configuration  " + digest} {
		if !strings.Contains(string(told), want) {
			t.Errorf("the terminal doesn't show %q, but %q", want, told)
		}
	}
}

// A pipe's whole text is the password, as cosign has it.
func TestAPipedPassword(t *testing.T) {
	withoutPassword(t)
	if got, err := password(strings.NewReader("secret"), nil, "weavster.key"); string(got) != "secret" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// Nothing at all on a pipe is no wish for a key without a password.
func TestANewKeyNeedsAPassword(t *testing.T) {
	withoutPassword(t)
	if got, err := newPassword(strings.NewReader(""), nil); err == nil || !strings.Contains(err.Error(), "set COSIGN_PASSWORD") {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := newPassword(strings.NewReader("secret"), nil); string(got) != "secret" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	t.Setenv(signing.PasswordVariable, "")
	if got, err := newPassword(strings.NewReader(""), nil); len(got) > 0 || err != nil {
		t.Errorf("wished for: got %q, %v", got, err)
	}
}

func withoutPassword(t *testing.T) {
	t.Helper()
	t.Setenv(signing.PasswordVariable, "") // so that it is put back
	if err := os.Unsetenv(signing.PasswordVariable); err != nil {
		t.Fatal(err)
	}
}

// openTerminal is a pseudo-terminal: what is written to the first is typed at
// the second.
func openTerminal(t *testing.T) (master, terminal *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return master, terminal
}
