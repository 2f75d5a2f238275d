// Package image runs Weavster's images as a cluster would: unpacked by tools
// that know nothing of Weavster, with no other file in the root.
package image

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/store/storetest"
	"github.com/weavster/weavster/tests/shop"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

func TestTheRuntimeStartsWithNothingElseInTheRoot(t *testing.T) {
	c := unpack(t, file(t, "RUNTIME_IMAGE"))
	var files []string
	root := filepath.Join(c.folder, "rootfs")
	if err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, strings.TrimPrefix(path, root))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := []string{"/etc/group", "/etc/passwd", "/etc/ssl/certs/ca-certificates.crt", "/usr/share/weavster/build.json", "/weavster"}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("the root has other files (- wanted, + found):\n%s", diff)
	}
	c.mounts = nil
	out, errs, code := c.run(t, nil, []string{"version"})
	if code != 0 || !strings.HasPrefix(out, "weavster "+contract.Version) || !strings.Contains(out, "linux/") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

// The runtime with a bundle that is mounted, and the image with the project in
// it, do to every order what the flow says, for a Postgres elsewhere.
func TestOrdersGoThroughTheImages(t *testing.T) {
	want := shop.Expect(t)
	for name, prepare := range map[string]func() (*container, []string){
		"runtime": func() (*container, []string) {
			c := unpack(t, file(t, "RUNTIME_IMAGE"))
			c.mountAt("/bundle", file(t, "BUNDLE"))
			return c, []string{"run", "--bundle", "/bundle"}
		},
		"application": func() (*container, []string) { return unpack(t, file(t, "APPLICATION_IMAGE")), nil },
	} {
		t.Run(name, func(t *testing.T) {
			url := storetest.URL(t)
			c, args := prepare()
			env := []string{"STATE_DB=" + url, "SHOP_DB=" + url}
			_, errs, code := c.run(t, env, append(args, "--profile", "prod"))
			if code != 0 {
				t.Fatalf("exit code %d: %s", code, errs)
			}
			checkOrders(t, url, c, want)
		})
	}
}

// checkOrders holds what came out against the flow's other implementation.
func checkOrders(t *testing.T, url string, c *container, want shop.Tally) {
	t.Helper()
	got := shop.Tally{Read: want.Read, Filtered: want.Filtered, ByTier: map[string]int{}, DeadByStep: map[string]int{}}
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, row := range storetest.Query(t, url, "select concat_ws(' ', tier, count(*), sum(total), count(*) filter (where big)) from sales.orders group by tier") {
		f := strings.Fields(row)
		got.ByTier[f[0]] = number(f[1])
		got.Delivered += number(f[1])
		got.Revenue += int64(number(f[2]))
		got.Big += number(f[3])
	}
	for _, row := range storetest.Query(t, url, "select count(*) || ' ' || coalesce(step, '') from weavster.dead_letter group by step") {
		count, step, _ := strings.Cut(row, " ")
		got.DeadByStep[step] = number(count)
		got.Dead += number(count)
	}
	review, err := os.ReadFile(filepath.Join(c.home, "examples/orders/out/review.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	got.Review = strings.Count(string(review), "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what came out differs (- wanted, + found):\n%s", diff)
	}
}

// Postgres needs a C library, a shell and files of its own, and the image has
// none of them. Getting there needs no place that can be written to.
func TestAnEmbeddedDatabaseIsRefusedInASentence(t *testing.T) {
	c := unpack(t, file(t, "APPLICATION_IMAGE"))
	c.mounts = nil
	out, errs, code := c.run(t, nil, nil)
	if want := "weavster: runtime.database is embedded, and the embedded Postgres can't run here: there is no C library, " +
		"as in Weavster's own image; give runtime.database the URL of a Postgres, postgres://user:password@host:5432/database\n"; code != 1 || !strings.HasSuffix("\n"+errs, "\n"+want) {
		t.Errorf("exit code %d:\n%s%s", code, out, errs)
	}
}
