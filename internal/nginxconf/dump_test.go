package nginxconf

import (
	"slices"
	"strings"
	"testing"
)

const dumped = `nginx: [warn] load balancing method redefined in /etc/nginx/conf.d/b.conf:1
nginx: the configuration file /etc/nginx/nginx.conf syntax is ok
nginx: configuration file /etc/nginx/nginx.conf test is successful
# configuration file /etc/nginx/nginx.conf:
events {}
http {
    include conf.d/*.conf;
    include snippets/log.conf;
}

# configuration file /etc/nginx/conf.d/b.conf:
log_format b $host;

# configuration file /etc/nginx/conf.d/a-b.conf:
log_format a $host;
# configuration file /etc/nginx/nginx.conf:
# configuration file without a colon

# configuration file /etc/nginx/snippets/log.conf:
access_log /var/log/nginx/access.log a;

# configuration file /etc/nginx/snippets/other.conf:
access_log broken
`

func TestParseDump(t *testing.T) {
	config, err := ParseDump(strings.NewReader(dumped), Options{})
	if err != nil {
		t.Fatal(err)
	}
	// In the order of their names, not in that of the output.
	want := []string{"/etc/nginx/nginx.conf", "/etc/nginx/conf.d/a-b.conf", "/etc/nginx/conf.d/b.conf", "/etc/nginx/snippets/log.conf"}
	if !slices.Equal(config.Files, want) {
		t.Errorf("read %q, want %q", config.Files, want)
	}
	if len(config.AccessLogs) != 1 || config.AccessLogs[0].Format.Position.String() != "/etc/nginx/conf.d/a-b.conf:1:1" {
		t.Errorf("got %s", describe(config))
	}
}

func TestParseDumpProblems(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{`starts with "", want a line`}},
		{"a configuration", "\nevents {}\n", []string{`starts with "events {}"`, "# configuration file /etc/nginx/nginx.conf:"}},
		{"nginx failed", "nginx: [emerg] unknown directive\nnginx: test failed\n", []string{`"nginx: [emerg] unknown directive"`}},
		{"a file is missing", "# configuration file /c/nginx.conf:\n\ninclude a.conf;\n", []string{"/c/nginx.conf:2:1", `"/c/a.conf"`, "the output of nginx -T does not have it"}},
		{"an error in a file", "# configuration file /c/nginx.conf:\ninclude a.conf;\n# configuration file /c/a.conf:\n}\n",
			[]string{"/c/a.conf:1:1", "(included at /c/nginx.conf:1:1)"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseDump(strings.NewReader(test.text), Options{})
			wantError(t, err, test.want...)
		})
	}
}

func TestIsDump(t *testing.T) {
	for text, want := range map[string]bool{
		dumped: true,
		"\n# configuration file /etc/nginx/nginx.conf:\r\n": true,
		"events {}\n# configuration file a:\n":              false,
		"# configuration file for the web\nevents {}\n":     false,
		"nginx: [emerg] no\n":                               false,
		"":                                                  false,
	} {
		if got := IsDump(text); got != want {
			t.Errorf("IsDump(%.40q) = %t", text, got)
		}
	}
}
