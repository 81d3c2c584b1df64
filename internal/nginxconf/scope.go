package nginxconf

import "strings"

// Scope is a block in which access_log may stand: http, stream, server,
// location, limit_except, or an "if" in a location.
type Scope struct {
	Position
	Protocol Protocol
	Kind     string // the directive's name
	Argument string // what stands between it and the brace, for example "~ \.php$"

	// Outer is the scope in which it stands; nil for http and stream.
	Outer *Scope

	// ServerNames are those of a server; one without has none.
	ServerNames []string

	// Logs are the logs that requests handled in this scope are written to,
	// stated here or inherited: a scope that states any inherits none.
	Logs []*AccessLog

	// States reports whether access_log stands in the scope itself, Off whether
	// one with "off" does or is inherited. It outweighs others beside it: then
	// there are no Logs.
	States, Off bool
}

// Server returns the server in which the scope is, be it itself, or nil.
func (s *Scope) Server() *Scope {
	for ; s != nil; s = s.Outer {
		if s.Kind == "server" {
			return s
		}
	}
	return nil
}

// String returns the scope as a path of blocks, such as
// "http > server example.org > location /api".
func (s *Scope) String() string {
	text := s.Kind
	switch {
	case s.Argument != "":
		text += " " + s.Argument
	case len(s.ServerNames) > 0:
		text += " " + strings.Join(s.ServerNames, " ")
	}
	if s.Outer != nil {
		text = s.Outer.String() + " > " + text
	}
	return text
}

func (c *collector) newScope(directive *Directive, protocol Protocol, outer *Scope) *Scope {
	words := make([]string, len(directive.Arguments))
	for i, argument := range directive.Arguments {
		words[i] = argument.Text
	}
	scope := &Scope{
		Position: directive.Name.Position,
		Protocol: protocol,
		Kind:     directive.Name.Text,
		Argument: strings.Join(words, " "),
		Outer:    outer,
	}
	c.config.Scopes = append(c.config.Scopes, scope)
	return scope
}

// addServerNames takes the names of a server_name statement.
func (s *Scope) addServerNames(directive *Directive) error {
	if len(directive.Arguments) == 0 {
		return directive.wantArguments(1, 1, "server_name example.org;")
	}
	for _, argument := range directive.Arguments {
		s.ServerNames = append(s.ServerNames, argument.Text)
	}
	return directive.wantBlock(false)
}

// inherit hands logs down from each scope to those in it, which come later. A
// server of http that is left without gets the log that nginx was built with.
func (c *collector) inherit(scopes []*Scope) {
	for _, scope := range scopes {
		switch {
		case scope.States, scope.Outer == nil:
		case scope.Kind == "server" && scope.Protocol == HTTP && !scope.Outer.States:
			scope.Logs = []*AccessLog{c.defaultLog()}
		default:
			scope.Logs, scope.Off = scope.Outer.Logs, scope.Outer.Off
		}
		if scope.Off {
			scope.Logs = nil
		}
	}
}

// defaultLog returns the log that nginx was built with, which is added to the
// configuration the first time.
func (c *collector) defaultLog() *AccessLog {
	if c.builtIn == nil {
		c.builtIn = &AccessLog{
			Path:   c.options.HTTPLogPath,
			File:   c.options.logFile(c.options.HTTPLogPath),
			Format: c.format(HTTP, "combined"),
		}
		if isDevice(c.builtIn.File) {
			c.builtIn.NotFollowable = "it is a device"
		}
		c.config.AccessLogs = append(c.config.AccessLogs, c.builtIn)
	}
	return c.builtIn
}
