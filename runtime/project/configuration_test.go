package project

import (
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/syntax"
)

// configured gives the configuration of a flow that reads kafka.orders and writes kafka.out.
func configured(t *testing.T, archive string, env map[string]string, change func(*Settings)) string {
	t.Helper()
	s := Settings{Files: files(t, archive), Engine: engine, Kinds: kinds, Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}
	if change != nil {
		change(&s)
	}
	fallback := `"x"`
	text, err := Configuration(t.Context(), s, []*Flow{{Manifest: &contract.Manifest{
		Flow: "orders", Input: contract.Connector{Name: "kafka.orders"}, Outputs: []contract.Output{{Connector: contract.Connector{Name: "kafka.out"}}},
		Vars:   []contract.Var{{Name: "threshold", Type: "int"}, {Name: "suffix", Type: "string", Default: &fallback}},
		Tables: []contract.Table{{Name: "customers"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestConfigurationIsCanonical(t *testing.T) {
	env := map[string]string{"REGION": "eu", "PORT": "9092"}
	prod := func(s *Settings) { s.Profile = "prod" }
	got := configured(t, shop, env, prod)
	want := `{"connectors":{"kafka.orders":{"labels":{"b":1},"port":9092,"topic":"prod.orders","type":"queue"},"kafka.out":{"type":"sink"}},"format":1,"profile":"prod","project":"shop",` +
		`"runtime":{"database":"***","limits":{"memory":"1GiB","time":7},"workers":2},"tables":{"customers":{"path":"data/customers.csv"}},"vars":{"orders":{"suffix":"x","threshold":20}},"version":"1.2"}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// The order of keys, comments and white space say nothing.
	reordered := strings.Replace(shop, "workers: 2\n  limits: {memory: 64MiB, time: 7}", "limits: {time: 7, memory:   64MiB} # small\n  workers: 2", 1)
	if again := configured(t, reordered, env, prod); again != want {
		t.Errorf("another order gives %s", again)
	}
	for what, change := range map[string]func(*Settings){
		"another profile": nil,
		"a variable":      func(s *Settings) { prod(s); s.Vars = map[string]string{"threshold": "21"} },
	} {
		if configured(t, shop, env, change) == want {
			t.Errorf("%s gives the same", what)
		}
	}
	if configured(t, shop, map[string]string{"REGION": "eu", "PORT": "9093"}, prod) == want {
		t.Error("another port gives the same")
	}
}

// No secret goes into the digest, whichever way it comes: it could be guessed.
func TestConfigurationHidesSecrets(t *testing.T) {
	archive := strings.NewReplacer(`topic: "out-{{ var('region') }}"`, `topic: "x", port: "{{ secret('PW') }}", labels: {sasl_password: "{{ env_var('PW') }}", at: "{{ env_var('URL') }}", `+
		`mail: "{{ secret('PW') | upper }}", length: "{{ secret('PW') | length }}", number: "{{ secret('N') | int + 1 }}", var: "{{ var('pw') }}"}`, "label: 007", `label: 007, pw: "{{ secret('PW') }}"`).Replace(shop)
	of := func(password string) string {
		return configured(t, archive, map[string]string{"REGION": "eu", "PW": password, "N": "8", "URL": "postgres://u:" + password + "@h:5432/db?sslmode=disable&password=" + password}, nil)
	}
	if a, b := of("9092"), of("hunter2"); a != b {
		t.Errorf("two passwords give two configurations:\n%s\n%s", a, b)
	} else if !strings.Contains(a, `"at":"postgres://u:***@h:5432/db?sslmode=disable&password=***"`) {
		t.Error(a)
	}
}

func TestParametersAreHidden(t *testing.T) {
	for text, want := range map[string]string{
		"https://h/x?api_key=1&a=b":          "https://h/x?api_key=***&a=b",
		"host=h password=x dbname=d":         "host=h password=*** dbname=d",
		`host=h password='a\'b c' dbname=d`:  "host=h password=*** dbname=d",
		"postgres://h/db?sslpassword=x&b=1":  "postgres://h/db?sslpassword=***&b=1",
		"https://h/x?sort=key&monkey=banana": "https://h/x?sort=key&monkey=***",
	} {
		n := &syntax.Node{Kind: syntax.Scalar, Text: text}
		if got := masked("url", n); got != want {
			t.Errorf("%s: got %v, want %s", text, got, want)
		}
	}
}

// Where data goes shows, whatever stands beside it.
func TestMaskURL(t *testing.T) {
	for text, want := range map[string]string{
		"postgres://u:p@h/db":             "postgres://u:***@h/db",
		"postgres://u:p@ss@h/db":          "postgres://u:***@h/db",
		"postgres://u:x@evil/db@good":     "postgres://u:***@evil/db@good",
		"postgres://u@h/db":               "postgres://u@h/db",
		"postgres://u:p@[::1]:5432/db":    "postgres://u:***@[::1]:5432/db",
		"postgres://u:p@a:1,b:2/db":       "postgres://u:***@a:1,b:2/db",
		"postgres://u:p/ss@h/db":          "***", // no URL that anything connects to
		"https://h:8443/x#y":              "https://h:8443/x#y",
		"no URL":                          "no URL",
		"http://h/redirect?to=http://a:b": "http://h/redirect?to=http://a:b",
	} {
		if got := maskURL(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
