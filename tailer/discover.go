package tailer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Discover turns the arguments of a command line into sources, in the order
// given: files, globs, and "-" for standard input. What cannot be read is a
// failure each; the rest goes on. A file named twice is read once, however it
// is named.
func Discover(arguments []string, config Config, events Events) (sources []*Source, failures []*SourceError) {
	d := discovery{config: config, events: events}
	for _, argument := range arguments {
		names, err := expand(argument)
		if err != nil {
			d.fail(argument, err)
		}
		for _, name := range names {
			d.add(name)
		}
	}
	return d.sources, d.failures
}

// expand returns the files that argument stands for. A file whose name looks
// like a glob is that file, as it is for a shell that finds no match.
func expand(argument string) ([]string, error) {
	if argument == "" {
		return nil, errors.New("the name is empty; name a file, a glob, or - for standard input")
	}
	if !strings.ContainsAny(argument, `*?[\`) {
		return []string{argument}, nil
	}
	if _, err := os.Lstat(argument); err == nil {
		return []string{argument}, nil
	}
	names, err := filepath.Glob(argument)
	switch {
	case err != nil:
		return nil, fmt.Errorf("neither a file nor a valid glob (%w); an opening [ needs its ]", err)
	case len(names) == 0:
		return nil, errors.New("no file matches this glob")
	}
	return names, nil
}

// discovery is one call of Discover.
type discovery struct {
	config   Config
	events   Events
	sources  []*Source
	failures []*SourceError

	stdin bool // "-" was named
	seen  []seenFile
}

type seenFile struct {
	info fs.FileInfo
	name string
}

func (d *discovery) fail(name string, err error) {
	source := &Source{Name: name, Index: -1, Size: -1, config: d.config}
	d.failures = append(d.failures, &SourceError{Source: source, Err: withoutPath(err)})
}

func (d *discovery) add(name string) {
	if name == StdinName {
		d.addStdin()
		return
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		d.fail(name, err)
	case info.IsDir():
		d.fail(name, fmt.Errorf("is a directory; name its files, for example %q", filepath.Join(name, "*.log")))
	case d.isDuplicate(name, info):
	default:
		if err := checkReadable(name, info); err != nil {
			d.fail(name, err)
			return
		}
		d.addSource(name, info)
	}
}

func (d *discovery) addStdin() {
	if d.stdin {
		d.events.duplicate(StdinName, StdinName)
		return
	}
	d.stdin = true
	file, ok := d.config.stdin().(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		d.addSource(StdinName, nil)
		return
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		d.fail(StdinName, err)
	case info.IsDir():
		d.fail(StdinName, errors.New("standard input is a directory; redirect a file into it"))
	case d.isDuplicate(StdinName, info):
	default:
		d.addSource(StdinName, info)
	}
}

// addSource adds a source; info is nil where nothing is known.
func (d *discovery) addSource(name string, info fs.FileInfo) {
	source := &Source{Name: name, Index: len(d.sources), Size: -1, config: d.config}
	if info != nil && info.Mode().IsRegular() {
		source.Size = info.Size()
	}
	d.sources = append(d.sources, source)
}

// isDuplicate reports, here and to the events, that the file was named before.
// Each file is compared with all before it: os.SameFile takes a few nanoseconds,
// and neither size nor time may narrow it down while a log is being written.
func (d *discovery) isDuplicate(name string, info fs.FileInfo) bool {
	for _, other := range d.seen {
		if os.SameFile(info, other.info) {
			d.events.duplicate(name, other.name)
			return true
		}
	}
	d.seen = append(d.seen, seenFile{info, name})
	return false
}

// checkReadable opens a regular file. Anything else is left alone: opening a
// named pipe waits for its writer.
func checkReadable(name string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return nil
	}
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	return file.Close()
}
