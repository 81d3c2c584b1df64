package nginxconf

import (
	"fmt"
	"strings"
	"time"
)

// defaultFailTimeout is how long a server is left alone after failures where
// that is not written.
const defaultFailTimeout = 10 * time.Second

// addServer reads a server statement of an upstream block.
func (u *Upstream) addServer(directive *Directive) error {
	if err := directive.wantBlock(false); err != nil {
		return err
	}
	if len(directive.Arguments) == 0 {
		return directive.wantArguments(1, 1, "server 127.0.0.1:8080 weight=2;")
	}
	server := &UpstreamServer{
		Position:    directive.Name.Position,
		Address:     directive.Arguments[0].Text,
		Weight:      1,
		MaxFails:    1,
		FailTimeout: defaultFailTimeout,
	}
	if server.Address == "" {
		return directive.problem("server has an empty address, want for example %q", "127.0.0.1:8080")
	}
	for _, word := range directive.Arguments[1:] {
		if problem := server.parameter(word.Text); problem != "" {
			return directive.problemAt(word.Position, "%s", problem)
		}
		if server.Backup && !u.takesBackup() {
			return directive.problemAt(word.Position, "%q is not possible with %q, want %q, or %q as the method", "backup", u.Method, "down", "least_conn")
		}
	}
	u.Servers = append(u.Servers, server)
	return nil
}

// parameter takes one parameter and says what is wrong with it.
func (s *UpstreamServer) parameter(text string) (problem string) {
	name, value, hasValue := strings.Cut(text, "=")
	var ok bool
	switch {
	case text == "backup":
		s.Backup = true
	case text == "down":
		s.Down = true
	case text == "resolve":
		s.Resolve = true
	case name == "weight" && hasValue:
		if s.Weight, ok = parseNumber(value); !ok || s.Weight == 0 {
			return fmt.Sprintf("%q is not a weight, want a whole number from 1, for example %q", text, "weight=2")
		}
	case name == "max_conns" && hasValue:
		s.MaxConnections, ok = parseNumber(value)
	case name == "max_fails" && hasValue:
		s.MaxFails, ok = parseNumber(value)
	case name == "fail_timeout" && hasValue:
		if s.FailTimeout, ok = parseTime(value, false); !ok {
			return fmt.Sprintf("%q is not a time in seconds or more, want for example %q", text, "fail_timeout=30s")
		}
	case isOtherParameter(name, hasValue):
		s.Other = append(s.Other, text)
	default:
		return fmt.Sprintf("parameter %q is not known, want %q, %q, %q, %q, %q, %q or %q", text,
			"weight=", "max_conns=", "max_fails=", "fail_timeout=", "backup", "down", "resolve")
	}
	if (name == "max_conns" || name == "max_fails") && !ok {
		return fmt.Sprintf("%q is not a number, want a whole number from 0, for example %q", text, name+"=3")
	}
	return ""
}

// isOtherParameter reports whether a parameter is one of NGINX Plus or of
// later versions.
func isOtherParameter(name string, hasValue bool) bool {
	switch name {
	case "service", "route", "slow_start", "sid":
		return hasValue
	case "drain":
		return !hasValue
	}
	return false
}
