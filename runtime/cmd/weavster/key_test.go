package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weavster/weavster/runtime/artifact/signing"
)

func TestAKeyPairIsMadeOnce(t *testing.T) {
	t.Setenv(signing.PasswordVariable, "secret")
	prefix := filepath.Join(t.TempDir(), "release")
	if a := weavster(t, "key", "generate", "--output", prefix); a.code != 0 {
		t.Fatal(a.err)
	}
	info, err := os.Stat(prefix + ".key")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the private key's mode is %v, %v", info.Mode(), err)
	}
	public := readFile(t, prefix+".pub")
	for _, half := range []string{".key", ".pub"} {
		if a := weavster(t, "key", "public", prefix+half); a.out != public {
			t.Errorf("the public key of %s is %q %s; the file has %q", half, a.out, a.err, public)
		}
	}
	again := weavster(t, "key", "generate", "--output", prefix)
	if again.code != 1 || !strings.Contains(again.err, "is there already") || readFile(t, prefix+".pub") != public {
		t.Errorf("a second time: %d %s", again.code, again.err)
	}
	if err := os.Chmod(prefix+".key", 0o644); err != nil {
		t.Fatal(err)
	}
	forced := weavster(t, "key", "generate", "--output", prefix, "--force")
	if info, err := os.Stat(prefix + ".key"); forced.code != 0 || err != nil || info.Mode().Perm() != 0o600 || readFile(t, prefix+".pub") == public {
		t.Errorf("with --force: %d %s, %v %v", forced.code, forced.err, info.Mode(), err)
	}
}

func TestAPublicKeyAloneIsInTheWayToo(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "release")
	writeFile(t, prefix+".pub", "what verifies last year's artifacts")
	a := weavster(t, "key", "generate", "--output", prefix)
	if a.code != 1 || !strings.Contains(a.err, prefix+".pub is there already") {
		t.Errorf("%d %s", a.code, a.err)
	}
	if _, err := os.Stat(prefix + ".key"); err == nil {
		t.Error("half a pair was written")
	}
}

func TestProgramsOfKeySystemsAreRunOnlyWhenAllowed(t *testing.T) {
	folder := t.TempDir()
	ran := filepath.Join(folder, "ran")
	writeFile(t, filepath.Join(folder, "sigstore-kms-vault"), "#!/bin/sh\ntouch "+ran+"\n")
	if err := os.Chmod(filepath.Join(folder, "sigstore-kms-vault"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
	a := weavster(t, "key", "public", "vault://key")
	if a.code != 1 || !strings.Contains(a.err, "--kms-plugin vault") {
		t.Errorf("%d %s", a.code, a.err)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a reference alone ran a program")
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
