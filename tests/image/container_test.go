package image

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weavster/weavster/tools/runfile"
)

// file is what a variable of the test names, by its runfile or its path.
func file(t *testing.T, variable string) string {
	t.Helper()
	// Mounts are of what links lead to.
	path, err := filepath.EvalSymlinks(runfile.Need(t, variable))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// tool runs one of the OCI tools, which has to succeed.
func tool(t *testing.T, variable string, args ...string) string {
	t.Helper()
	command := exec.Command(file(t, variable), args...)
	var out, errs strings.Builder
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, errs.String())
	}
	return out.String()
}

// user is whom the image runs its program as.
const user = 65532

// A container is an image as umoci unpacks it, and crun runs it: with a root
// that nothing can be written to, no capabilities, and the test's own network.
type container struct {
	folder string // umoci's: config.json and rootfs
	home   string // mounted at the user's home
	mounts []mount
}

type mount struct {
	Destination string   `json:"destination"`
	Type        string   `json:"type"`
	Source      string   `json:"source"`
	Options     []string `json:"options,omitempty"`
}

// unpack picks this machine's image out of those for all platforms, as a
// cluster's node does.
func unpack(t *testing.T, layout string) *container {
	t.Helper()
	folder := t.TempDir()
	one := filepath.Join(folder, "one")
	tool(t, "SKOPEO", "copy", "--quiet", "oci:"+layout, "oci:"+one+":latest")
	c := &container{folder: filepath.Join(folder, "unpacked"), home: filepath.Join(folder, "home")}
	tool(t, "UMOCI", "unpack", "--image", one+":latest", c.folder)
	if err := os.Mkdir(c.home, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(c.home, user, user); err != nil {
		t.Fatal(err)
	}
	c.mounts = []mount{
		{Destination: "/home/weavster", Type: "bind", Source: c.home, Options: []string{"bind", "rw", "nosuid", "nodev"}},
		{Destination: "/tmp", Type: "tmpfs", Source: "tmpfs", Options: []string{"nosuid", "nodev", "mode=1777"}},
	}
	return c
}

// mountAt shows a folder of the machine in the container, to be read.
func (c *container) mountAt(destination, folder string) {
	c.mounts = append(c.mounts, mount{destination, "bind", folder, []string{"rbind", "ro"}})
}

// run starts the image's program with arguments after those that the image
// gives, and waits for its end.
func (c *container) run(t *testing.T, env, args []string) (stdout, stderr string, code int) {
	t.Helper()
	c.configure(t, env, args)
	state := t.TempDir()
	// crun looks at cgroups even where it is told to use none, and wants those
	// of one hierarchy. The mount is this command's alone.
	const script = `mount -t cgroup2 none /sys/fs/cgroup && exec "$@"`
	command := exec.Command("unshare", "--mount", "sh", "-c", script, "-",
		file(t, "CRUN"), "--root", state, "--cgroup-manager=disabled", "run", "--bundle", c.folder, "weavster-"+filepath.Base(state)+filepath.Base(filepath.Dir(state)))
	var out, errs strings.Builder
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), command.ProcessState.ExitCode()
}

// configure completes what umoci has made of the image's own configuration,
// as a cluster does with a pod's security context.
func (c *container) configure(t *testing.T, env, args []string) {
	t.Helper()
	name := filepath.Join(c.folder, "config.json")
	made := name + ".made"
	if _, err := os.Stat(made); err != nil {
		if err := os.Rename(name, made); err != nil {
			t.Fatal(err)
		}
	}
	var config map[string]any
	text, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	process := object(config, "process")
	process["terminal"] = false
	process["capabilities"] = map[string]any{}
	process["args"] = append(list(process["args"]), anys(args)...)
	process["env"] = append(list(process["env"]), anys(env)...)
	object(config, "root")["readonly"] = true
	linux := object(config, "linux")
	delete(linux, "resources")
	linux["namespaces"] = slices.DeleteFunc(list(linux["namespaces"]), func(n any) bool {
		kind := n.(map[string]any)["type"]
		return kind == "network" || kind == "cgroup"
	})
	config["mounts"] = append(slices.DeleteFunc(list(config["mounts"]), func(m any) bool {
		at, _ := m.(map[string]any)["destination"].(string)
		return strings.HasPrefix(at, "/sys") || at == "/dev/mqueue"
	}), anys(c.mounts)...)
	if text, err = json.Marshal(config); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func object(in map[string]any, key string) map[string]any { return in[key].(map[string]any) }

func list(in any) []any { return in.([]any) }

func anys[T any](in []T) []any {
	var out []any
	for _, one := range in {
		out = append(out, one)
	}
	return out
}
