package nginxconf

import (
	"fmt"
	"strings"
	"time"
)

// AccessLog is one access_log, or the one that nginx was built with.
type AccessLog struct {
	Position // zero for the one that nginx was built with

	// Scope is the block in which it stands; nil for the one that nginx was
	// built with. Which scopes write to it: see Scope.Logs.
	Scope *Scope

	Path string // as written

	// File is the absolute name of the file, as nginx makes it: not cleaned of
	// "..". It is empty where there is no one file.
	File string

	// NotFollowable says why lines cannot be read from File as they come; empty
	// where they can.
	NotFollowable string

	Format *LogFormat
	If     string // condition, for example "$loggable"; empty: none

	// Buffer is how many bytes nginx holds back, Flush for how long at most; 0
	// is none. Gzip is the level at which the file is compressed; 0: it is not.
	Buffer int
	Flush  time.Duration
	Gzip   int

	Syslog *Syslog // nil where it is a file
}

// gzipBuffer is how much nginx buffers to compress where it is not told.
const gzipBuffer = 64 << 10

// accessLog reads an access_log statement.
func (c *collector) accessLog(directive *Directive, scope *Scope) error {
	if err := directive.wantBlock(false); err != nil {
		return err
	}
	if len(directive.Arguments) == 0 {
		return directive.problem("access_log has no path, want for example `%s`", "access_log logs/access.log combined;")
	}
	scope.States = true
	path := directive.Arguments[0]
	if path.Text == "off" {
		scope.Off = true
		if len(directive.Arguments) > 1 {
			return directive.problemAt(directive.Arguments[1].Position, "%q is not expected after %q, want %q", directive.Arguments[1].Text, "off", ";")
		}
		return nil
	}
	log := &AccessLog{Position: directive.Name.Position, Scope: scope, Path: path.Text}
	if err := log.destination(directive, c.options); err != nil {
		return err
	}
	if err := c.logFormatOf(log, directive); err != nil {
		return err
	}
	if err := log.parameters(directive); err != nil {
		return err
	}
	if err := c.checkBuffer(log, directive); err != nil {
		return err
	}
	scope.Logs = append(scope.Logs, log)
	c.config.AccessLogs = append(c.config.AccessLogs, log)
	return nil
}

// destination fills in where the log goes.
func (l *AccessLog) destination(directive *Directive, options Options) error {
	path := directive.Arguments[0]
	if target, found := strings.CutPrefix(l.Path, "syslog:"); found {
		syslog, problem := parseSyslog(target)
		if problem != "" {
			return directive.problemAt(path.Position, "cannot read %s: %s", quoteStart(path.Text), problem)
		}
		l.Syslog = syslog
		l.NotFollowable = fmt.Sprintf("it goes to the syslog server %q", syslog.Server)
		return nil
	}
	if err := directive.checkWord(path, true); err != nil {
		return err
	}
	switch {
	case l.Path == "":
		l.NotFollowable = "its path is empty, nginx writes it to standard error"
	case strings.Contains(l.Path, "$"):
		l.NotFollowable = fmt.Sprintf("its path %q has variables", l.Path)
	default:
		l.File = options.logFile(l.Path)
		if isDevice(l.File) {
			l.NotFollowable = "it is a device"
		}
	}
	return nil
}

// logFormatOf fills in the format.
func (c *collector) logFormatOf(log *AccessLog, directive *Directive) error {
	protocol := log.Scope.Protocol
	if len(directive.Arguments) == 1 {
		if protocol == Stream {
			return directive.problem("access_log in stream has no format, want %s", c.formatNames(protocol))
		}
		log.Format = c.format(protocol, "combined")
		return nil
	}
	name := directive.Arguments[1]
	if log.Format = c.format(protocol, name.Text); log.Format != nil {
		return nil
	}
	if _, known := places[name.Text]; known {
		return directive.problemAt(name.Position, "%q cannot be a log format here, is a %q missing before it?", name.Text, ";")
	}
	if strings.Contains(name.Text, "=") {
		return directive.problemAt(name.Position, "log format %q is not known, want a format before parameters, for example `%s`",
			name.Text, "combined "+name.Text)
	}
	return directive.problemAt(name.Position, "log format %q is not known, want %s", name.Text, c.formatNames(protocol))
}

// parameters fills in what stands after the format.
func (l *AccessLog) parameters(directive *Directive) error {
	if len(directive.Arguments) < 3 {
		return nil
	}
	var flush *Word
	for _, word := range directive.Arguments[2:] {
		if problem := l.parameter(word.Text); problem != "" {
			return directive.problemAt(word.Position, "%s", problem)
		}
		if strings.HasPrefix(word.Text, "flush=") {
			flush = &word
		}
		if strings.HasPrefix(word.Text, "if=") {
			if err := directive.checkWord(word, true); err != nil {
				return err
			}
		}
	}
	if flush != nil && l.Buffer == 0 {
		return directive.problemAt(flush.Position, "%q needs a buffer, want for example %q beside it", flush.Text, "buffer=32k")
	}
	return nil
}

// parameter takes one parameter and says what is wrong with it.
func (l *AccessLog) parameter(text string) (problem string) {
	name, value, hasValue := strings.Cut(text, "=")
	var ok bool
	switch {
	case name == "buffer" && hasValue:
		if l.Buffer, ok = parseSize(value); !ok || l.Buffer == 0 {
			return fmt.Sprintf("%q is not a size, want for example %q", text, "buffer=32k")
		}
	case name == "flush" && hasValue:
		if l.Flush, ok = parseTime(value, true); !ok || l.Flush == 0 {
			return fmt.Sprintf("%q is not a time, want for example %q", text, "flush=5s")
		}
	case name == "gzip":
		l.Gzip = 1
		if hasValue {
			if l.Gzip, ok = parseNumber(value); !ok || l.Gzip < 1 || l.Gzip > 9 {
				return fmt.Sprintf("%q is not a level, want %q to %q", text, "gzip=1", "gzip=9")
			}
		}
		if l.Buffer == 0 {
			l.Buffer = gzipBuffer
		}
	case name == "if" && hasValue:
		l.If = value
	default:
		return fmt.Sprintf("parameter %q is not known, want %q, %q, %q, %q or %q", text, "buffer=", "flush=", "gzip", "gzip=", "if=")
	}
	return ""
}

// checkBuffer says whether the log may be buffered as it is to be.
func (c *collector) checkBuffer(log *AccessLog, directive *Directive) error {
	if log.Buffer == 0 {
		return nil
	}
	if log.File == "" && log.Path != "" {
		return directive.problem("a log cannot be buffered or compressed where %s; want it without %q and %q", log.NotFollowable, "buffer=", "gzip")
	}
	if log.File == "" {
		return nil
	}
	other := c.buffered[log.File]
	if other == nil {
		c.buffered[log.File] = log
	} else if other.Buffer != log.Buffer || other.Flush != log.Flush || other.Gzip != log.Gzip {
		return directive.problem("%q is buffered in another way at %v, want the same buffer=, flush= and gzip", log.Path, other.Position)
	}
	return nil
}
