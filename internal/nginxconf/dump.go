package nginxconf

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// sectionStart begins the line before each file in the output of nginx -T.
const sectionStart = "# configuration file "

// IsDump reports whether a text is the output of nginx -T rather than a
// configuration file: whether its first line says so, those aside that nginx
// itself wrote before it.
func IsDump(text string) bool {
	for line := range strings.Lines(text) {
		if _, ok := sectionName(line); ok {
			return true
		}
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "nginx: ") {
			return false
		}
	}
	return false
}

// ParseDump reads the output of nginx -T: all files of a configuration, the
// main one first. What stands before the first file, such as what nginx writes
// to its standard error, is skipped. Options.Open and Options.ReadDir are not
// used.
func ParseDump(r io.Reader, options Options) (*Config, error) {
	most := usualLimits().bytes
	text, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read the output of nginx -T: %w", err)
	}
	if len(text) > most {
		return nil, fmt.Errorf("cannot read the output of nginx -T: it is longer than %d bytes", most)
	}
	d := splitDump(string(text))
	if d.main == "" {
		return nil, fmt.Errorf("cannot read the output of nginx -T: it starts with %s, want a line `%s/etc/nginx/nginx.conf:`",
			quoteStart(firstLine(string(text))), sectionStart)
	}
	options.Open = d.open
	options.ReadDir = d.readDir
	return Parse(d.main, options)
}

// firstLine returns the first line that is not blank.
func firstLine(text string) string {
	for line := range strings.Lines(text) {
		if trimmed := strings.TrimSpace(line); trimmed != "" {
			return trimmed
		}
	}
	return ""
}

// dump is the output of nginx -T as a file system.
type dump struct {
	main  string
	files map[string]string
	names map[string][]string // in directories, whose names end in a slash
}

// splitDump takes the output of nginx -T apart. nginx writes each file once: a
// line that would begin one again is part of the file in which it stands.
func splitDump(text string) *dump {
	d := &dump{files: map[string]string{}, names: map[string][]string{}}
	name, start, offset := "", 0, 0
	for line := range strings.Lines(text) {
		if next, ok := sectionName(line); ok && !d.has(next) && next != name {
			d.add(name, text[start:offset])
			name, start = next, offset+len(line)
			if d.main == "" {
				d.main = name
			}
		}
		offset += len(line)
	}
	d.add(name, text[start:])
	return d
}

// sectionName returns the name of the file that begins after a line.
func sectionName(line string) (name string, ok bool) {
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	name, found := strings.CutPrefix(line, sectionStart)
	if !found {
		return "", false
	}
	name, found = strings.CutSuffix(name, ":")
	return name, found && name != "" && len(name) <= bufferSize // a name comes out of one word
}

func (d *dump) has(name string) bool {
	_, ok := d.files[name]
	return ok
}

// add adds a file. nginx writes an end of line after each.
func (d *dump) add(name, text string) {
	if name == "" {
		return
	}
	d.files[name] = strings.TrimSuffix(text, "\n")
	// Each directory on the way, so that patterns find what is in them.
	for rest := name; ; {
		parent := directory(strings.TrimRight(rest, "/"))
		_, seen := d.names[parent]
		d.names[parent] = append(d.names[parent], strings.Trim(rest[len(parent):], "/"))
		if seen || parent == "" || parent == "/" {
			return
		}
		rest = parent
	}
}

func (d *dump) open(name string) (io.ReadCloser, error) {
	text, ok := d.files[name]
	if !ok {
		return nil, fmt.Errorf("the output of nginx -T does not have it: %w", fs.ErrNotExist)
	}
	return io.NopCloser(strings.NewReader(text)), nil
}

func (d *dump) readDir(name string) ([]string, error) {
	if name == "." {
		name = ""
	}
	names, ok := d.names[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return names, nil
}
