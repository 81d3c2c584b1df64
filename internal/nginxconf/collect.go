package nginxconf

import (
	"errors"
	"slices"
	"strings"
)

// collector goes through the tree and fills in a Config.
type collector struct {
	config   *Config
	options  Options
	includes []Position // include statements within which we are

	formats   map[key]*LogFormat // the first of each name, which is in lower case
	upstreams map[key]*Upstream  // likewise
	declared  map[key]*LogFormat // by their names as written
	buffered  map[string]*AccessLog
	builtIn   *AccessLog // the log that nginx was built with, once it is used
}

// key is a name within a protocol.
type key struct {
	protocol Protocol
	name     string
}

func newCollector(config *Config, options Options) *collector {
	return &collector{
		config:    config,
		options:   options,
		formats:   map[key]*LogFormat{},
		upstreams: map[key]*Upstream{},
		declared:  map[key]*LogFormat{},
		buffered:  map[string]*AccessLog{},
	}
}

// each calls visit for directives in the order in which nginx reads them, and
// adds to its error how their file came to be read.
func (c *collector) each(directives []*Directive, visit func(*Directive) error) error {
	for _, directive := range directives {
		if !directive.isInclude() {
			if err := visit(directive); err != nil {
				return c.included(err)
			}
			continue
		}
		c.includes = append(c.includes, directive.Name.Position)
		for _, file := range directive.Files {
			if err := c.each(file.Directives, visit); err != nil {
				return err
			}
		}
		c.includes = c.includes[:len(c.includes)-1]
	}
	return nil
}

func (c *collector) included(err error) error {
	var located *Error
	if errors.As(err, &located) && located.Includes == nil {
		located.Includes = slices.Clone(c.includes)
	}
	return err
}

// places are the blocks in which nginx allows what this package knows. The
// empty block is the file itself; "if" is one within a location.
var places = map[string][]string{
	"http":          {""},
	"stream":        {""},
	"server":        {"http", "stream", "upstream"},
	"location":      {"server", "location"},
	"limit_except":  {"location"},
	"upstream":      {"http", "stream"},
	"map":           {"http", "stream"},
	"split_clients": {"http", "stream"},
	"log_format":    {"http", "stream"},
	"access_log":    {"http", "stream", "server", "location", "if", "limit_except"},
}

// misplaced is the error for a directive that nginx does not allow in a block,
// and nil for one that this package does not know.
func misplaced(directive *Directive, block string) error {
	allowed, known := places[directive.Name.Text]
	if !known || slices.Contains(allowed, block) {
		return nil
	}
	where := `in the block of "` + block + `"`
	if block == "" {
		where = "outside all blocks"
	}
	want := `in a block of "` + strings.Join(allowed, `" or "`) + `"`
	if allowed[0] == "" {
		want = "outside all blocks"
	}
	return directive.problem("%q is not allowed %s, want it %s", directive.Name.Text, where, want)
}

// main reads the main file.
func (c *collector) main(directives []*Directive) error {
	var seen []string
	return c.each(directives, func(d *Directive) error {
		switch d.Name.Text {
		case "http", "stream":
			if slices.Contains(seen, d.Name.Text) {
				return d.problem("%q stands here again, want one", d.Name.Text)
			}
			seen = append(seen, d.Name.Text)
			return c.protocol(d, Protocol(d.Name.Text))
		}
		return misplaced(d, "")
	})
}

// protocol reads the block of http or stream.
func (c *collector) protocol(directive *Directive, protocol Protocol) error {
	if err := directive.wantBlock(true); err != nil {
		return err
	}
	if err := directive.wantArguments(0, 0, string(protocol)+" {"); err != nil {
		return err
	}
	first := len(c.config.Scopes)
	scope := c.newScope(directive, protocol, nil)
	if protocol == HTTP {
		c.addFormat(combined())
	}
	err := c.each(directive.Block, func(d *Directive) error {
		switch d.Name.Text {
		case "log_format":
			return c.logFormat(d, protocol)
		case "access_log":
			return c.accessLog(d, scope)
		case "server":
			return c.server(d, scope)
		case "split_clients":
			return c.splitClients(d, protocol)
		case "upstream":
			return c.upstream(d, protocol)
		case "map":
			return c.mapping(d, protocol)
		}
		return misplaced(d, string(protocol))
	})
	if err != nil {
		return err
	}
	c.inherit(c.config.Scopes[first:])
	return nil
}

// server reads the block of a server of http or stream.
func (c *collector) server(directive *Directive, outer *Scope) error {
	if err := directive.wantBlock(true); err != nil {
		return err
	}
	if err := directive.wantArguments(0, 0, "server {"); err != nil {
		return err
	}
	scope := c.newScope(directive, outer.Protocol, outer)
	return c.each(directive.Block, func(d *Directive) error {
		switch {
		case d.Name.Text == "access_log":
			return c.accessLog(d, scope)
		case d.Name.Text == "server_name":
			return scope.addServerNames(d)
		case d.Name.Text == "location" && scope.Protocol == HTTP:
			return c.location(d, scope)
		case d.Name.Text == "if" && d.HasBlock:
			return c.each(d.Block, func(d *Directive) error { return misplaced(d, "if in a server") })
		}
		return misplaced(d, "server")
	})
}

// location reads the block of a location, or of an "if" or limit_except within
// one.
func (c *collector) location(directive *Directive, outer *Scope) error {
	if err := directive.wantBlock(true); err != nil {
		return err
	}
	name := directive.Name.Text
	switch name {
	case "location":
		if err := directive.wantArguments(1, 2, `location ~ \.php$ {`); err != nil {
			return err
		}
	case "limit_except":
		if len(directive.Arguments) == 0 {
			return directive.wantArguments(1, 1, "limit_except GET {")
		}
	}
	scope := c.newScope(directive, outer.Protocol, outer)
	return c.each(directive.Block, func(d *Directive) error {
		switch d.Name.Text {
		case "access_log":
			return c.accessLog(d, scope)
		case "location", "if", "limit_except":
			if name == "location" {
				return c.location(d, scope)
			}
		}
		return misplaced(d, name)
	})
}
