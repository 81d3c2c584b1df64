package nginxconf

import (
	"io"
	"os"
	"path"
	"strings"
)

// Options says what a configuration does not say itself. The zero Options
// reads the disk.
type Options struct {
	// Prefix is the directory that relative paths of logs start from: what
	// nginx was built or started with (nginx -V says --prefix, nginx -p
	// overrides it). If empty, it is the directory of the main file, without a
	// last element "conf".
	Prefix string

	// HTTPLogPath is the log of servers for which no access_log is stated
	// (nginx -V says --http-log-path). If empty, it is logs/access.log.
	HTTPLogPath string

	// Open opens a file. If nil, it is os.Open.
	Open func(name string) (io.ReadCloser, error)

	// ReadDir returns the names in a directory, in any order, without "." and
	// "..". If nil, it reads the disk. What cannot be read matches no pattern.
	ReadDir func(name string) ([]string, error)
}

func (o Options) withDefaults(main string) Options {
	if o.Prefix == "" {
		o.Prefix = strings.TrimSuffix(directory(main), "/")
		if path.Base(o.Prefix) == "conf" {
			o.Prefix = path.Dir(o.Prefix)
		}
	}
	if o.HTTPLogPath == "" {
		o.HTTPLogPath = "logs/access.log"
	}
	if o.Open == nil {
		o.Open = func(name string) (io.ReadCloser, error) { return os.Open(name) }
	}
	if o.ReadDir == nil {
		o.ReadDir = readDir
	}
	return o
}

// readDir returns the names in a directory of the disk.
func readDir(name string) ([]string, error) {
	entries, err := os.ReadDir(name)
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, err
}

// directory returns the path up to and including its last slash.
func directory(name string) string { return name[:strings.LastIndexByte(name, '/')+1] }

// fullName makes name absolute the way nginx does: by writing it after the
// directory, as it stands.
func fullName(directory, name string) string {
	if strings.HasPrefix(name, "/") || directory == "" {
		return name
	}
	return strings.TrimSuffix(directory, "/") + "/" + name
}
