package layer

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func text(s string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }
}

// listing is what an archive has, with everything that would tell of the
// machine it was made on.
func listing(t *testing.T, files []File) []string {
	t.Helper()
	l, err := New(files)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := l.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer unpacked.Close()
	var list []string
	for archive := tar.NewReader(unpacked); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprintf("%c %o %d:%d %s%s %d %s %q", h.Typeflag, h.Mode, h.Uid, h.Gid, h.Uname, h.Gname, h.ModTime.Unix(), h.Name, body))
	}
}

func TestFilesAreAsAskedFor(t *testing.T) {
	long := strings.Repeat("x", 120) + "ö"
	got := listing(t, []File{
		{Name: "tmp/", Mode: 0o777 | Sticky},
		{Name: "home/jo/", Mode: 0o755, Owner: 1000},
		{Name: "program", Mode: 0o555, Open: text("run")},
		{Name: long, Mode: 0o444, Open: text("")},
	})
	want := []string{
		`5 1777 0:0  0 tmp/ ""`,
		`5 755 1000:1000  0 home/jo/ ""`,
		`0 555 0:0  0 program "run"`,
		`0 444 0:0  0 ` + long + ` ""`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAFileThatCantBeReadIsNamed(t *testing.T) {
	gone := func() (io.ReadCloser, error) { return nil, errors.New("gone") }
	if _, err := New([]File{{Name: "program", Open: gone}}); err == nil || !strings.Contains(err.Error(), "program can't be put into the image: gone") {
		t.Errorf("got %v", err)
	}
}
