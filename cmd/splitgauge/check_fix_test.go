package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/internal/nginxtest"
)

// fixConf is checkConf's like for one format, in a way that anybody's nginx can
// test.
func fixConf(formats string) string {
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n"
	}
	return user + `pid nginx.pid;
error_log error.log;
events {}
http {
    client_body_temp_path temp-body;
    proxy_temp_path temp-proxy;
    fastcgi_temp_path temp-fastcgi;
    uwsgi_temp_path temp-uwsgi;
    scgi_temp_path temp-scgi;
    split_clients "${cookie_uid}AAA" $variant { 0.5% .one; 2.0% .two; * ""; }
    upstream backend { server 127.0.0.1:1; }
` + formats + `
    server { listen 127.0.0.1:8081; location / { proxy_pass http://backend; } }
}
`
}

// testConf asks nginx about a configuration.
func testConf(t *testing.T, conf string) {
	t.Helper()
	binary := nginxtest.Binary(t)
	directory := t.TempDir()
	path := writeFile(t, directory, "nginx.conf", []byte(conf))
	if output, err := exec.Command(binary, "-t", "-p", directory, "-c", path, "-e", "error.log").CombinedOutput(); err != nil {
		t.Errorf("nginx refuses it: %v\n%s\n%s", err, output, conf)
	}
}

// TestCheckFixIsTakenByNginx pastes what check says into the configuration: nginx
// has to take it, and check to find nothing missing any more.
func TestCheckFixIsTakenByNginx(t *testing.T) {
	long := strings.Repeat(` "$http_x_a_header_with_a_long_name"`, 75)
	for name, format := range map[string]string{
		"combined":       `combined`,
		"text":           `log_format mine '$remote_addr - $remote_user [$time_local] "$request" $status';`,
		"pieces":         "log_format mine '$remote_addr $status'\n  \" $request\"\n ' $msec';",
		"json":           `log_format mine escape=json '{"status":"$status","request":"$request"}';`,
		"json with end":  `log_format mine escape=json '{ "status": "$status", "request": { "line": "$request" } } ';`,
		"empty json":     `log_format mine escape=json '{"$msec":""}';`,
		"none":           `log_format mine escape=none '$status|$request';`,
		"quotes":         `log_format mine '$status\t\'$request\' "\\" \n';`,
		"variable last":  `log_format mine '$status ${request_time}';`,
		"semicolons":     `log_format mine '$status; $request {$request_time} # no comment';`,
		"odd name":       `log_format "my own;" '$status $request';`,
		"long":           "log_format mine '$status" + long + "' '" + long + "';",
		"nothing at all": `log_format mine 'x $pid';`,
	} {
		t.Run(name, func(t *testing.T) {
			statement, use := "    "+format, "mine"
			switch name {
			case "combined":
				statement, use = "", "combined"
			case "odd name":
				use = `"my own;"`
			}
			t.Chdir(t.TempDir())
			before := fixConf(statement + "\n    access_log access.log " + use + ";")
			testConf(t, before)
			writeFile(t, ".", "nginx.conf", []byte(before))
			r := run(t, nil, "check", "--nginx-conf", "nginx.conf", "-o", "json")
			r.check(t, 0)
			fix := r.checked(t).Formats[0].Fix
			if fix == nil {
				t.Fatal("no fix")
			}
			if len(fix.Lines) != 2 && name != "long" {
				t.Errorf("want two lines, have %q", fix.Lines)
			}
			after := fixConf(strings.Join(fix.Lines, "\n") + "\n    access_log access.log " + use + ";")
			if name == "combined" {
				after = fixConf(strings.Join(append(fix.Lines, fix.AccessLogs...), "\n"))
			}
			testConf(t, after)
			writeFile(t, ".", "nginx.conf", []byte(after))
			r = run(t, nil, "check", "--nginx-conf", "nginx.conf", "-o", "json")
			r.check(t, 0)
			fixed := r.checked(t).Formats[0]
			for _, finding := range fixed.Findings {
				if finding.Level == "missing" {
					t.Errorf("still missing: %+v, in %q", finding, fix.Lines)
				}
			}
			if fixed.Fix != nil && !slices.ContainsFunc(fixed.Findings, func(f struct {
				About, Level, Text string
				Missing            []string
			}) bool {
				return len(f.Missing) > 0
			}) {
				t.Errorf("still a fix: %q", fixed.Fix.Lines)
			}
		})
	}
}
