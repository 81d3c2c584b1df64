package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/goccy/go-yaml/ast"
)

// stateDirectory is where the state is kept outside of systemd.
const stateDirectory = "/var/lib/splitgauge"

// Load reads the configuration from a file; from none, if name is "", which is
// Default. The error is Problems where the file could be read and is not right.
func Load(name string) (*Config, error) {
	if name == "" {
		return Default(), nil
	}
	text, err := readFile(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read configuration %q: %w", name, err)
	}
	return Parse(name, text)
}

// readFile reads a file that is not longer than a configuration may be by more
// than a byte, so that Parse tells. It does not wait for anyone to write it.
func readFile(name string) ([]byte, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, cause(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, cause(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	return text, cause(err)
}

// cause returns err without the name of the file, which is told elsewhere.
func cause(err error) error {
	if pathError := (*os.PathError)(nil); errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// Parse reads the text of a configuration; name is what problems call it. The
// error is Problems: all that there are, but for those behind a place where the
// text stops being YAML.
func Parse(name string, text []byte) (*Config, error) {
	r := &reader{file: name, places: make(map[string]ast.Node)}
	s := &scope{config: &Config{}}
	table := keys()
	table.reset(s)
	if body := r.parse(text); body != nil {
		r.read(&table, "", body, s, 0)
		r.checkTogether(s.config)
	}
	if len(r.problems) > 0 {
		r.problems.sort()
		return nil, r.problems
	}
	s.config.resolve()
	return s.config, nil
}

// Default returns the configuration of an empty file.
func Default() *Config {
	s := &scope{config: &Config{}}
	table := keys()
	table.reset(s)
	s.config.resolve()
	return s.config
}

// resolve fills in what depends on where the program runs.
func (c *Config) resolve() {
	if c.State.Directory == "" {
		first, _, _ := strings.Cut(os.Getenv("STATE_DIRECTORY"), ":")
		c.State.Directory = first
	}
	if c.State.Directory == "" {
		c.State.Directory = stateDirectory
	}
}
