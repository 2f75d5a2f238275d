package project

import (
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/source"
)

func secretsOf(text string) string {
	var diags source.Diagnostics
	CheckSecrets(source.NewFile("connectors/x.yaml", []byte(text)), &diags)
	var out strings.Builder
	_ = diags.Print(&out, false)
	return out.String()
}

func TestSecretsThatAreWrittenOut(t *testing.T) {
	for text, at := range map[string]string{
		"a:\n  url: postgres://shop:hunter2@db.example/shop\n":                             ":2:8:",
		"a: {url: 'postgres://:hunter2@db.example/shop'}\n":                                ":1:10:",
		"a: {brokers: [one, 'amqp://u:hunter2@two']}\n":                                    ":1:20:",
		"a: {url: 'host=x password=hunter2'}\n":                                            ":1:10:",
		"a: {url: 'https://x/?api_key=hunter2&y=1'}\n":                                     ":1:10:",
		"a: {sasl: {Password: hunter2}}\n":                                                 ":1:22:",
		"a: {db_password: 12345}\n":                                                        ":1:18:",
		"a: {auth_token: hunter2}\n":                                                       ":1:17:",
		"a: {key: |\n    -----BEGIN EC PRIVATE KEY-----\n    hunter2\n    -----END\n}\n":   "",
		"a:\n  key: |\n    -----BEGIN EC PRIVATE KEY-----\n    hunter2\n":                  ":2:8:",
		"a: {url: \"{{ env_var('DB', 'postgres://shop:hunter2@db.example/shop') }}\"}\n":   ":1:10:",
		"a: {url: \"postgres://{{ env_var('U') }}:hunter2@{{ env_var('HOST') }}/shop\"}\n": "",
	} {
		got := secretsOf(text)
		if at != "" && !strings.HasPrefix(got, "connectors/x.yaml"+at+" error: a secret is written out here") {
			t.Errorf("%s gives %q", text, got)
		}
		if strings.Contains(got, "hunter2") || strings.Contains(got, "12345") {
			t.Errorf("it is shown: %s", got)
		}
	}
}

func TestWhatIsNoSecret(t *testing.T) {
	for _, text := range []string{
		"a: {url: \"postgres://shop:{{ secret('db') }}@db.example/shop\"}\n",
		"a: {url: \"postgres://shop:{{secret('db')}}@db.example/shop\"}\n",
		"a: {url: \"{{ env_var('DB') }}\", password: \"{{ secret('p') }}\"}\n",
		"a: {url: postgres://shop@db.example:5432/shop}\n",
		"a: {http: '[::1]:80', path: 'x@y', mail: 'a:b@c'}\n",
		"a: {columns: {password: text, token: text}, key: [id], password: '', token: false}\n",
		"a: [\n", "", "x",
	} {
		if got := secretsOf(text); got != "" {
			t.Errorf("%s gives %s", text, got)
		}
	}
}
