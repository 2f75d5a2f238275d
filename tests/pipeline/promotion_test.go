package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/bundle"
	"github.com/weavster/weavster/runtime/store/storetest"
	"github.com/weavster/weavster/tests/shop"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// One image runs in development and in production: what differs is what their
// profiles say, and the image is the same byte for byte afterwards.
func TestOneDigestRunsUnderTwoProfiles(t *testing.T) {
	image := filepath.Join(t.TempDir(), "image")
	before := packed(t, shop.Bundle(t), image)

	dev := shop.NewOf(t, unpacked(t, image))
	prod := shop.NewOf(t, unpacked(t, image))
	warehouse := storetest.URL(t)
	prod.Setenv("STATE_DB", storetest.URL(t))
	prod.Setenv("SHOP_DB", warehouse)

	first, second := run(t, dev).Flows[0], run(t, prod, "--profile", "prod", "--vars", "big_from=1").Flows[0]
	if first.Read != second.Read || first.DeadLetters != second.DeadLetters || first.Filtered != second.Filtered {
		t.Errorf("the flow itself behaves otherwise: %+v and %+v", first, second)
	}
	const big = "select count(*) from sales.orders where not big"
	if got := strings.Fields(dev.Run(t, "sql", "--csv", big))[1]; got == "0" {
		t.Error("in development, too, all orders are big")
	}
	prod.Setenv("STATE_DB", warehouse) // where production's orders are, and none of its state
	if got := strings.Fields(prod.Run(t, "sql", "--csv", "--profile", "prod", big))[1]; got != "0" {
		t.Errorf("in production %s orders aren't big", got)
	}
	if got := strings.Fields(prod.Run(t, "sql", "--csv", "--profile", "prod", "select count(*) from sales.orders"))[1]; got == "0" {
		t.Error("production's orders aren't where its profile says")
	}
	index, err := artifact.ReadLayout(image)
	if err != nil {
		t.Fatal(err)
	}
	if after, err := index.Digest(); err != nil || after.String() != before {
		t.Errorf("the image was %s and is %s, %v", before, after, err)
	}
}

// packed makes the image of a bundle, and gives its digest.
func packed(t *testing.T, folder, image string) string {
	t.Helper()
	b, err := bundle.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	contents := bundle.Contents{Package: b.Package, Config: map[string]string{}, Data: map[string]string{}, Flows: map[string]bundle.FlowFiles{}}
	for _, f := range b.Flows {
		contents.Flows[f.Name] = bundle.FlowFiles{Module: f.Module, Manifest: filepath.Join(filepath.Dir(f.Module), "manifest.json")}
	}
	for _, name := range []string{"weavster.yaml", "profiles.yaml", "connectors/file.yaml", "connectors/postgres.yaml"} {
		contents.Config[name] = filepath.Join(folder, name)
	}
	for _, name := range []string{"data/customers.csv", "data/orders.jsonl"} {
		contents.Data[name] = filepath.Join(folder, "data", name)
	}
	index, err := artifact.Pack(contents)
	if err != nil {
		t.Fatal(err)
	}
	if err := artifact.WriteLayout(image, index); err != nil {
		t.Fatal(err)
	}
	digest, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

func unpacked(t *testing.T, image string) string {
	t.Helper()
	index, err := artifact.ReadLayout(image)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "bundle")
	if _, err := artifact.Unpack(index, folder); err != nil {
		t.Fatal(err)
	}
	return folder
}
