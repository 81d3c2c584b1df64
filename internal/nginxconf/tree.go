package nginxconf

import "iter"

// maxBlockDepth is how deep blocks may stand in one another. nginx has no
// bound and overruns its stack somewhere between 2 000 and 20 000.
const maxBlockDepth = 1000

// File is one configuration file. A file that is included several times is a
// File each time.
type File struct {
	Name       string // as nginx names it
	Directives []*Directive
}

// Directive is one statement: a name, arguments, and what is in the block.
type Directive struct {
	Name      Word
	Arguments []Word

	// HasBlock tells a block from a statement that ends in a semicolon; Block
	// is what is in it. An include statement is in Block as it was written.
	HasBlock bool
	Block    []*Directive

	// Lua is the text between the braces of a block of Lua code, whose name
	// ends in "_by_lua_block". Block is empty then.
	Lua string

	// Files are the files that an include statement stands for, in nginx's
	// order. They are set by Parse and ParseDump.
	Files []*File
}

// All goes through directives in the order in which nginx reads them, with
// what is included in place of each include statement. It does not enter
// blocks.
func All(directives []*Directive) iter.Seq[*Directive] {
	return func(yield func(*Directive) bool) { yieldAll(directives, yield) }
}

func yieldAll(directives []*Directive, yield func(*Directive) bool) bool {
	for _, directive := range directives {
		if !directive.isInclude() {
			if !yield(directive) {
				return false
			}
			continue
		}
		for _, file := range directive.Files {
			if !yieldAll(file.Directives, yield) {
				return false
			}
		}
	}
	return true
}

// isInclude reports whether the directive is an include statement that has
// been followed, if only to no file.
func (d *Directive) isInclude() bool {
	return d.Name.Text == "include" && d.Files != nil
}

// problem makes an Error about the directive.
func (d *Directive) problem(format string, arguments ...any) error {
	return d.problemAt(d.Name.Position, format, arguments...)
}

// problemAt makes an Error about a place in the directive.
func (d *Directive) problemAt(at Position, format string, arguments ...any) error {
	err := at.problem(format, arguments...).(*Error)
	err.Statement = d.statement()
	return err
}

// wantArguments says whether the directive has as many arguments as it takes.
func (d *Directive) wantArguments(least, most int, example string) error {
	if n := len(d.Arguments); n < least || n > most {
		return d.problem("%q has %d %s, want for example `%s`",
			d.Name.Text, n, plural(n, "argument"), example)
	}
	return nil
}

// wantBlock says whether the directive has a block where it takes one, and
// none where it does not.
func (d *Directive) wantBlock(want bool) error {
	switch {
	case want && !d.HasBlock:
		return d.problem("%q has no block, want %q after it", d.Name.Text, "{")
	case !want && d.HasBlock:
		return d.problem("%q has a block, want %q after it", d.Name.Text, ";")
	}
	return nil
}

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// parseTree reads the text of one file, without following includes.
func parseTree(file, text string) ([]*Directive, error) {
	p := treeParser{newLexer(file, text)}
	directives, at, err := p.directives(nil, 0)
	if err != nil {
		return nil, err
	}
	if at != (Position{}) {
		return nil, at.problem("unexpected %q, want a %q before it in this file", "}", "{")
	}
	return directives, nil
}

type treeParser struct{ *lexer }

// directives reads what is in the block of open, or in the file if that is
// nil, and returns where the closing brace was.
func (p *treeParser) directives(open *Directive, depth int) (directives []*Directive, closed Position, err error) {
	for {
		words, end, at, err := p.statement()
		if err != nil {
			return nil, closed, err
		}
		switch end {
		case 0:
			if open != nil {
				return nil, closed, open.problem("the block of %q is not closed, want %q before the end of the file", open.Name.Text, "}")
			}
			return directives, closed, nil
		case '}':
			return directives, at, nil
		}
		directive := &Directive{Name: words[0], Arguments: words[1:], HasBlock: end == '{'}
		if err := p.body(directive, open, at, depth); err != nil {
			return nil, closed, err
		}
		directives = append(directives, directive)
	}
}

// body reads the block of a directive whose opening brace, at at, has been
// read, if it has one.
func (p *treeParser) body(directive, open *Directive, at Position, depth int) (err error) {
	lua := isLua(directive.Name.Text)
	switch {
	case lua && !directive.HasBlock:
		return directive.wantBlock(true)
	case !directive.HasBlock:
		return nil
	case open != nil && isTable(open.Name.Text):
		return directive.problemAt(at, "unexpected %q in the block of %q, want lines that end in %q", "{", open.Name.Text, ";")
	case lua:
		directive.Lua, err = p.lua(directive)
		return err
	case depth == maxBlockDepth:
		return directive.problem("%d blocks are open here, want fewer", depth)
	}
	directive.Block, _, err = p.directives(directive, depth+1)
	return err
}

// isTable reports whether a block of this name holds lines of a table rather
// than directives.
func isTable(name string) bool {
	switch name {
	case "map", "geo", "types", "split_clients", "charset_map":
		return true
	}
	return false
}
