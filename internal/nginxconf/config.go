package nginxconf

import "path"

// Config is what was read of a configuration. Lists are in the order in which
// nginx reads the statements.
type Config struct {
	// Main is the main file. Its tree has everything that was included.
	Main *File

	// Files are the names of all files, in the order in which they were first
	// read, which is that of nginx -T.
	Files []string

	LogFormats   []*LogFormat
	AccessLogs   []*AccessLog
	Scopes       []*Scope
	SplitClients []*SplitClients
	Upstreams    []*Upstream
	Maps         []*Map
}

// Protocol is the part of the configuration that something belongs to. Names
// of the two do not meet.
type Protocol string

// The two parts of a configuration that are read.
const (
	HTTP   Protocol = "http"
	Stream Protocol = "stream"
)

// Parse reads the configuration whose main file is at name. Errors in it are
// of type *Error.
func Parse(name string, options Options) (*Config, error) {
	return parse(name, options, usualLimits())
}

func parse(name string, options Options, limits limits) (*Config, error) {
	options = options.withDefaults(name)
	loader := newLoader(name, options, limits)
	main, err := loader.load(name, nil, "")
	if err != nil {
		return nil, err
	}
	config := &Config{Main: main, Files: loader.read}
	if err := newCollector(config, options).main(main.Directives); err != nil {
		return nil, err
	}
	return config, nil
}

// logFile returns the absolute name, as nginx makes it, of a log whose path is
// written in the configuration.
func (o Options) logFile(written string) string { return fullName(o.Prefix, written) }

// isDevice reports whether a file is a device, going by its name.
func isDevice(file string) bool {
	clean := path.Clean(file)
	return path.Dir(clean) == "/dev" || path.Dir(clean) == "/dev/fd" || path.Dir(clean) == "/proc/self/fd"
}
