package nginxconf

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxIncludeDepth is how many includes may lead to a file.
const maxIncludeDepth = 100

// limits bound what is read: files that include each other twice over make
// configurations without end out of a few bytes.
type limits struct {
	inclusions int
	bytes      int // of text, counted at each inclusion
	names      int // tried for patterns
}

func usualLimits() limits {
	return limits{inclusions: 100_000, bytes: 64 << 20, names: 50_000_000}
}

// loader reads a file and all that it includes.
type loader struct {
	options Options
	root    string            // relative includes start here
	texts   map[string]string // of files that have been read
	read    []string          // their names, in the order in which they were first read
	open    []inclusion       // those within which we are, the main file first

	limits limits
	left   limits // what may still be read
}

// inclusion is a file being read, and the statement that includes it.
type inclusion struct {
	file string
	by   *Directive // nil for the main file
}

func newLoader(main string, options Options, limits limits) *loader {
	return &loader{options: options, root: directory(main), texts: map[string]string{}, limits: limits, left: limits}
}

// load reads a file that by includes in a block of the name block.
func (l *loader) load(name string, by *Directive, block string) (*File, error) {
	if err := l.admit(name, by); err != nil {
		return nil, l.included(err)
	}
	text, err := l.text(name)
	if err != nil {
		return nil, l.included(l.unreadable(name, by, err))
	}
	l.open = append(l.open, inclusion{name, by})
	defer func() { l.open = l.open[:len(l.open)-1] }()
	if l.left.bytes -= len(text); l.left.bytes < 0 {
		return nil, l.included((Position{name, 1, 1}).problem("the configuration is longer than %d bytes with this file, want less", l.limits.bytes))
	}
	if strings.HasPrefix(text, "\ufeff") && !isTable(block) {
		return nil, l.included((Position{name, 1, 1}).problem("the file starts with a byte order mark, which nginx takes for part of the first word: want it saved without"))
	}
	directives, err := parseTree(name, text)
	if err == nil {
		err = l.follow(directives, block)
	}
	if err != nil {
		return nil, l.included(err)
	}
	return &File{name, directives}, nil
}

// admit says whether one more file may be read.
func (l *loader) admit(name string, by *Directive) error {
	l.left.inclusions--
	switch {
	case by == nil:
		return nil
	case slices.ContainsFunc(l.open, func(i inclusion) bool { return i.file == name }):
		return by.problem("%q includes itself: %s", name, l.chain(name))
	case len(l.open) > maxIncludeDepth:
		return by.problem("%d files are open here, want fewer: %s", len(l.open), l.chain(name))
	case l.left.inclusions < 0:
		return by.problem("%d files have been included so far, want fewer", l.limits.inclusions)
	}
	return nil
}

// chain lists the files that are open and the one that is to be next.
func (l *loader) chain(next string) string {
	var names []string
	for i, open := range l.open {
		if i >= 4 && i < len(l.open)-4 {
			if i == 4 {
				names = append(names, "…")
			}
			continue
		}
		names = append(names, fmt.Sprintf("%q", open.file))
	}
	return strings.Join(append(names, fmt.Sprintf("%q", next)), " includes ")
}

// text returns what is in a file. One that is included again is not read again.
func (l *loader) text(name string) (string, error) {
	if text, ok := l.texts[name]; ok {
		return text, nil
	}
	file, err := l.options.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, int64(l.limits.bytes)+1))
	if err != nil {
		return "", err
	}
	l.texts[name] = string(text)
	l.read = append(l.read, name)
	return l.texts[name], nil
}

// unreadable is the error for a file that could not be read.
func (l *loader) unreadable(name string, by *Directive, cause error) error {
	if by == nil {
		return fmt.Errorf("cannot read nginx configuration: %w", cause)
	}
	err := by.problem("cannot read included file %q: %v; want a file, or a pattern such as %q, which may match none",
		name, cause, "conf.d/*.conf").(*Error)
	err.Cause = cause
	return err
}

// included adds to an error how the file in which it is came to be read.
func (l *loader) included(err error) error {
	var located *Error
	if errors.As(err, &located) && located.Includes == nil {
		for _, open := range l.open {
			if open.by != nil {
				located.Includes = append(located.Includes, open.by.Name.Position)
			}
		}
	}
	return err
}

// follow reads what include statements in directives stand for. The name block
// is that of the block in which they are.
func (l *loader) follow(directives []*Directive, block string) error {
	for _, directive := range directives {
		var err error
		switch {
		case directive.Name.Text == "include" && includes(block):
			err = l.include(directive, block)
		case directive.HasBlock:
			err = l.follow(directive.Block, directive.Name.Text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// includes reports whether nginx follows include statements in a block.
func includes(block string) bool {
	return block != "split_clients" && block != "charset_map"
}

// include reads what an include statement stands for.
func (l *loader) include(directive *Directive, block string) error {
	if err := directive.wantBlock(false); err != nil {
		return err
	}
	if err := directive.wantArguments(1, 1, "include conf.d/*.conf;"); err != nil {
		return err
	}
	names := []string{fullName(l.root, directive.Arguments[0].Text)}
	if isPattern(names[0]) && block != "geo" { // geo takes patterns for names
		names = glob(names[0], l.options.ReadDir, &l.left.names)
		if l.left.names < 0 {
			return directive.problem("%d names have been tried for patterns so far, want fewer", l.limits.names)
		}
	}
	directive.Files = []*File{}
	for _, name := range names {
		file, err := l.load(name, directive, block)
		if err != nil {
			return err
		}
		directive.Files = append(directive.Files, file)
	}
	return nil
}
