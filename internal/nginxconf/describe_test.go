package nginxconf

import (
	"fmt"
	"strconv"
	"strings"
)

// describe writes down all that was read.
func describe(config *Config) string {
	var b strings.Builder
	for _, file := range config.Files {
		fmt.Fprintf(&b, "file %s\n", file)
	}
	b.WriteString("tree\n")
	describeTree(&b, config.Main, "  ")
	for _, format := range config.LogFormats {
		if format.Position != (Position{}) {
			fmt.Fprintf(&b, "log_format %v %s %q escape=%s %s\n", format.Position, format.Protocol, format.Name, format.Escape, short(format.Text))
		}
	}
	for _, log := range config.AccessLogs {
		describeLog(&b, log)
	}
	for _, scope := range config.Scopes {
		var logs []string
		for _, log := range scope.Logs {
			logs = append(logs, log.Path)
		}
		fmt.Fprintf(&b, "scope %v %v names=%q states=%t off=%t logs=%q\n", scope.Position, scope, scope.Server().names(), scope.States, scope.Off, logs)
	}
	for _, split := range config.SplitClients {
		d := split.Definition
		fmt.Fprintf(&b, "split_clients %v %s %q %q %v %v\n", split.Position, split.Protocol, d.Key, d.Variable, d.KeyPosition, d.VariablePosition)
		for _, part := range d.Parts {
			fmt.Fprintf(&b, "  %v %q %q\n", part.Position, part.Percent, part.Value)
		}
	}
	for _, upstream := range config.Upstreams {
		fmt.Fprintf(&b, "upstream %v %s %q %s %q\n", upstream.Position, upstream.Protocol, upstream.Name, upstream.Method, upstream.MethodArguments)
		for _, s := range upstream.Servers {
			fmt.Fprintf(&b, "  server %v %s weight=%d max_conns=%d max_fails=%d fail_timeout=%v backup=%t down=%t resolve=%t other=%q\n",
				s.Position, s.Address, s.Weight, s.MaxConnections, s.MaxFails, s.FailTimeout, s.Backup, s.Down, s.Resolve, s.Other)
		}
	}
	for _, m := range config.Maps {
		fmt.Fprintf(&b, "map %v %s %q %q\n", m.Position, m.Protocol, m.Source, m.Variable)
	}
	return b.String()
}

func (s *Scope) names() []string {
	if s == nil {
		return nil
	}
	return s.ServerNames
}

func describeLog(b *strings.Builder, log *AccessLog) {
	fmt.Fprintf(b, "access_log %v %q file=%q format=%s", log.Position, log.Path, log.File, log.Format.Name)
	if log.NotFollowable != "" {
		fmt.Fprintf(b, " not followable: %s", log.NotFollowable)
	}
	if log.If != "" || log.Buffer > 0 {
		fmt.Fprintf(b, " if=%q buffer=%d flush=%v gzip=%d", log.If, log.Buffer, log.Flush, log.Gzip)
	}
	if log.Syslog != nil {
		fmt.Fprintf(b, " %+v", *log.Syslog)
	}
	fmt.Fprintf(b, " in %v\n", log.Scope)
}

// describeTree writes one directive a line: where it is, and its words, in
// quotes if they were.
func describeTree(b *strings.Builder, file *File, indent string) {
	fmt.Fprintf(b, "%s[%s]\n", indent, file.Name)
	describeDirectives(b, file.Directives, indent)
}

func describeDirectives(b *strings.Builder, directives []*Directive, indent string) {
	for _, d := range directives {
		fmt.Fprintf(b, "%s%d:%d", indent, d.Name.Line, d.Name.Column)
		for _, word := range append([]Word{d.Name}, d.Arguments...) {
			text := short(word.Text)
			if !word.Quoted {
				text = text[1 : len(text)-1]
			}
			b.WriteString(" " + text)
		}
		switch {
		case isLua(d.Name.Text):
			fmt.Fprintf(b, " {%q}\n", d.Lua)
		case d.HasBlock:
			b.WriteString(" {}\n")
		default:
			b.WriteString("\n")
		}
		describeDirectives(b, d.Block, indent+"  ")
		for _, file := range d.Files {
			describeTree(b, file, indent+"  ")
		}
	}
}

// short quotes a text, of which it leaves out the middle if it is long.
func short(text string) string {
	const most = 400
	if len(text) > most {
		text = fmt.Sprintf("%s…(%d bytes)…%s", text[:20], len(text), text[len(text)-20:])
	}
	return strconv.Quote(text)
}
