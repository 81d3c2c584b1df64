package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestDefault holds the printed default, the defaults and what the fields say.
func TestDefault(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", "")
	want := &Config{
		State:   State{Directory: "/var/lib/splitgauge", Interval: 5 * time.Second},
		Metrics: Metrics{Listen: "127.0.0.1:9917"},
		Admin:   Admin{Listen: "127.0.0.1:9918"},
		Reading: Reading{Poll: 100 * time.Millisecond, Grace: time.Second, Linger: 10 * time.Minute, MaxLine: 1 << 20},

		Experiments: Experiments{Slow: time.Second},
	}
	if got := Default(); !reflect.DeepEqual(got, want) {
		t.Errorf("Default() = %+v, want %+v", got, want)
	}
	var printed bytes.Buffer
	if err := PrintDefault(&printed); err != nil {
		t.Fatal(err)
	}
	golden(t, "default.yaml", printed.Bytes())
	for _, text := range []string{"", "# nothing\n", "---\n", "nginx:\nlogs:\n", printed.String()} {
		if got, err := Parse("f", []byte(text)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %+v, %v, want the default", text, got, err)
		}
	}
	t.Setenv("STATE_DIRECTORY", "/run/a:/run/b")
	if got := Default().State.Directory; got != "/run/a" {
		t.Errorf("directory %q of the service manager, want /run/a", got)
	}
}

// TestPrintedKeys takes the comment signs off the printed default: what it shows
// must be right too.
func TestPrintedKeys(t *testing.T) {
	var printed bytes.Buffer
	if err := PrintDefault(&printed); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	isKey := regexp.MustCompile(`^ *(# *)?(-|[a-z_]+:( .*)?)\n$`)
	for line := range strings.Lines(printed.String()) {
		if isKey.MatchString(line) {
			text.WriteString(strings.Replace(line, "# ", "", 1))
		}
	}
	config, err := Parse("shown", []byte(text.String()))
	if err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	if e := config.Experiments; e.Margin == 0 || len(e.Metrics) == 0 || e.Control == nil {
		t.Errorf("not all of experiments was read: %+v", e)
	}
	shown := config.Proxies.Proxy
	if len(config.Logs) != 1 || config.Logs[0].Path == "" || config.Split == "" || config.Nginx.Version == "" ||
		len(shown.Listeners) != 1 || shown.Listeners[0].Mark.Header == "" || len(shown.Pools) != 1 || len(shown.Pools[0].Servers) != 1 ||
		len(shown.Health) != 1 || len(config.Proxies.Egress) != 1 || config.Proxies.AgentCheck == "" {
		t.Errorf("not everything that is shown was read: %+v\n%s", config, text.String())
	}
}

// TestParse reads every key.
func TestParse(t *testing.T) {
	const text = `
nginx: {config: none, version: 1.22.1}
logs:
  - path: /var/log/nginx/*.log
    format: '$remote_addr [$time_local] "$request" $status'
    escape: json
  - {syslog: "udp:127.0.0.1:5140", format: json, json_map: {status: code}}
split: |
  split_clients "${remote_addr}AAA" $variant {
    0.5% .one;
    * "";
  }
variant: v
experiments: {margin: 1.2, metrics: [latency_mean, errors_5xx], control: "", slow: 300ms}
hosts: true
state: {directory: /tmp/s, interval: 500ms}
metrics: {listen: "0.0.0.0:9", web_config: w.yml}
admin: {listen: "unix:/run/a.sock"}
reading: {from_beginning: true, poll: 20ms, grace: 2s, linger: 1m, max_line: 64KiB}
`
	want := &Config{
		Nginx: Nginx{Config: "none", Version: "1.22.1"},
		Logs: []Log{
			{Path: "/var/log/nginx/*.log", Format: `$remote_addr [$time_local] "$request" $status`, Escape: "json"},
			{Syslog: "udp:127.0.0.1:5140", Format: "json", Escape: "default", JSONMap: map[string]string{"status": "code"}},
		},
		Split:   "split_clients \"${remote_addr}AAA\" $variant {\n  0.5% .one;\n  * \"\";\n}\n",
		Variant: "v", Hosts: true,
		State:   State{Directory: "/tmp/s", Interval: 500 * time.Millisecond},
		Metrics: Metrics{Listen: "0.0.0.0:9", WebConfig: "w.yml"},
		Admin:   Admin{Listen: "unix:/run/a.sock"},
		Reading: Reading{FromBeginning: true, Poll: 20 * time.Millisecond, Grace: 2 * time.Second, Linger: time.Minute, MaxLine: 64 << 10},

		Experiments: Experiments{Margin: 1.2, Metrics: []string{"latency_mean", "errors_5xx"}, Control: new(string), Slow: 300 * time.Millisecond},
	}
	if got, err := Parse("f", []byte(text)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

// TestProblems wants all problems of a file at once, each where it stands.
func TestProblems(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no broken files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			config, err := Parse(filepath.Base(file), text)
			if _, ok := errors.AsType[Problems](err); !ok {
				t.Fatalf("read as %+v, %v: want problems", config, err)
			}
			golden(t, "broken/"+filepath.Base(file)+".txt", []byte(err.Error()+"\n"))
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// TestSchema wants every key of the table in the schema, and nothing else to be
// let through.
func TestSchema(t *testing.T) {
	var written bytes.Buffer
	if err := WriteSchema(&written); err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(written.Bytes(), &root); err != nil {
		t.Fatal(err)
	}
	var walk func(k *key, node map[string]any, path string)
	walk = func(k *key, node map[string]any, path string) {
		if node["additionalProperties"] != false {
			t.Errorf("%s lets other keys through", path)
		}
		properties, _ := node["properties"].(map[string]any)
		if len(properties) != len(k.keys) {
			t.Errorf("%s has %d keys, want %d", path, len(properties), len(k.keys))
		}
		for i := range k.keys {
			one := &k.keys[i]
			property, ok := properties[one.name].(map[string]any)
			if !ok || property["description"] != one.about {
				t.Errorf("%s.%s: %v", path, one.name, property)
				continue
			}
			switch one.kind {
			case mapping:
				walk(one, property, path+"."+one.name)
			case list:
				items := property["items"].(map[string]any)
				if either, ok := items["anyOf"].([]any); ok { // a word alone, or keys
					items = either[1].(map[string]any)
				}
				walk(one, items, path+"."+one.name)
			}
		}
	}
	table := keys()
	walk(&table, root, "")
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*.yaml")
	for _, file := range append(files, "testdata/default.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("{{{{{{"))
	f.Fuzz(func(t *testing.T, text []byte) {
		config, err := Parse("f", text)
		if (config == nil) == (err == nil) {
			t.Fatalf("%v, %v: want one of them", config, err)
		}
		if err != nil && err.Error() == "" {
			t.Fatal("an error without a text")
		}
	})
}
