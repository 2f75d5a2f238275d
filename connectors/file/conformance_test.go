package file_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/connectors/conformance"
	"github.com/weavster/weavster/connectors/file"
)

func TestTheSourceConforms(t *testing.T) {
	for format, line := range map[string]func(n int) (written, message string){
		"jsonl": func(n int) (string, string) {
			m := fmt.Sprintf(`{"n":%d,"pad":"%s"}`, n, strings.Repeat("x", 400))
			return m, m
		},
		"csv": func(n int) (string, string) {
			pad := strings.Repeat("x", 400)
			return fmt.Sprintf(`%d,"%s""y"`, n, pad), fmt.Sprintf(`{"n":"%d","pad":"%s\"y"}`, n, pad)
		},
	} {
		t.Run(format, func(t *testing.T) {
			folder, messages := t.TempDir(), map[string][]string{}
			for _, name := range []string{"a." + format, "b." + format} {
				var text strings.Builder
				if format == "csv" {
					text.WriteString("n,pad\n")
				}
				for n := range 2000 {
					written, message := line(n)
					text.WriteString(written + "\n")
					messages[name] = append(messages[name], message)
				}
				write(t, folder, name, text.String())
			}
			conformance.Source(t, conformance.SourceCase{
				Messages: messages,
				Open: func(t *testing.T) connectors.Source {
					s, err := file.Spec.OpenSource(t.Context(), config(t, folder, connectors.Reader, "path: '*."+format+"'"))
					if err != nil {
						t.Fatal(err)
					}
					return s
				},
			})
		})
	}
}

func TestTheSinkConforms(t *testing.T) {
	for options, bad := range map[string]string{
		"path: out/x.jsonl":             "",
		"path: out/x.csv\ncolumns: [n]": "[]",
	} {
		t.Run(options, func(t *testing.T) {
			folder := t.TempDir()
			c := config(t, folder, connectors.Writer, options)
			conformance.Sink(t, conformance.SinkCase{
				Bad:  bad,
				Row:  func(n int) string { return fmt.Sprintf(`{"n":%d}`, n) },
				Open: func(t *testing.T) connectors.Sink { return openSink(t, c) },
				Numbers: func(t *testing.T) (numbers []int) {
					text, err := os.ReadFile(filepath.Join(folder, c.Options.Text("path")))
					if err != nil {
						t.Fatal(err)
					}
					for line := range strings.Lines(string(text)) {
						if n, err := strconv.Atoi(strings.Trim(line, "{\"n:}\n")); err == nil {
							numbers = append(numbers, n)
						}
					}
					return numbers
				},
			})
		})
	}
}
