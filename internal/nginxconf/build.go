package nginxconf

import (
	"fmt"
	"strings"
)

// Build is how an nginx was built.
type Build struct {
	Version     string // for example "1.22.1"
	Prefix      string // directory that relative paths start from
	ConfPath    string // main configuration file
	HTTPLogPath string // log where no access_log is stated
}

// ReadBuild reads the output of nginx -V. What was not chosen when nginx was
// built is as nginx chooses.
func ReadBuild(output string) (Build, error) {
	_, version, found := strings.Cut(output, "nginx version: ")
	if !found {
		return Build{}, fmt.Errorf("cannot read the output of nginx -V: it starts with %s, want %q", quoteStart(firstLine(output)), "nginx version: ")
	}
	version, _, _ = strings.Cut(version, "\n")
	if _, number, found := strings.Cut(version, "/"); found { // nginx/1.22.1, openresty/1.21.4.1
		version = number
	}
	version, _, _ = strings.Cut(strings.TrimSpace(version), " ")
	build := Build{
		Version:     version,
		Prefix:      "/usr/local/nginx",
		ConfPath:    "conf/nginx.conf",
		HTTPLogPath: "logs/access.log",
	}
	_, arguments, _ := strings.Cut(output, "configure arguments:")
	arguments, _, _ = strings.Cut(arguments, "\n")
	for _, argument := range shellWords(arguments) {
		switch name, value, _ := strings.Cut(argument, "="); name {
		case "--prefix":
			build.Prefix = value
		case "--conf-path":
			build.ConfPath = value
		case "--http-log-path":
			build.HTTPLogPath = value
		}
	}
	build.ConfPath = fullName(build.Prefix, build.ConfPath)
	build.HTTPLogPath = fullName(build.Prefix, build.HTTPLogPath)
	return build, nil
}

// shellWords splits at spaces outside of single quotes, and drops the quotes.
func shellWords(text string) []string {
	quoted := false
	words := strings.FieldsFunc(text, func(r rune) bool {
		if r == '\'' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
	for i, word := range words {
		words[i] = strings.ReplaceAll(word, "'", "")
	}
	return words
}
