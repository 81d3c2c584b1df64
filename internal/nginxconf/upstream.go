package nginxconf

import (
	"slices"
	"time"
)

// Upstream is one upstream block.
type Upstream struct {
	Position
	Protocol Protocol
	Name     string

	// Method is how servers are chosen: a directive's name such as
	// "least_conn", or "round_robin" where none stands. MethodArguments are
	// what follows it, for example "$request_uri" and "consistent".
	Method          string
	MethodArguments []string

	Servers []*UpstreamServer
}

// UpstreamServer is one server statement of an upstream block.
type UpstreamServer struct {
	Position
	Address string // as written: a name or address, with or without port, or "unix:" and a path

	Weight         int // 1 unless written
	MaxConnections int // 0: no limit
	MaxFails       int // 1 unless written; 0: failures are not counted
	FailTimeout    time.Duration
	Backup, Down   bool
	Resolve        bool // whether the name is resolved again and again

	// Other are parameters of NGINX Plus and of later versions that are not
	// told apart here, for example "service=http" or "slow_start=30s".
	Other []string
}

// upstream reads an upstream block.
func (c *collector) upstream(directive *Directive, protocol Protocol) error {
	if err := directive.wantBlock(true); err != nil {
		return err
	}
	if err := directive.wantArguments(1, 1, "upstream backend {"); err != nil {
		return err
	}
	name := directive.Arguments[0]
	folded := key{protocol, lowerCase(name.Text)}
	if other := c.upstreams[folded]; other != nil {
		return directive.problemAt(name.Position, "upstream %q is there already, from %v, want another name", name.Text, other.Position)
	}
	upstream := &Upstream{Position: directive.Name.Position, Protocol: protocol, Name: name.Text, Method: "round_robin"}
	foreign := false // whether something may add servers that is not known here
	err := c.each(directive.Block, func(d *Directive) error {
		switch {
		case d.Name.Text == "server":
			return upstream.addServer(d)
		case isMethod(d.Name.Text):
			return upstream.setMethod(d)
		}
		foreign = foreign || !isUpstreamSetting(d.Name.Text)
		return misplaced(d, "upstream")
	})
	if err != nil {
		return err
	}
	if !foreign && !slices.ContainsFunc(upstream.Servers, func(s *UpstreamServer) bool { return !s.Backup }) {
		return directive.problem("upstream %q has no server, want for example `%s` that is no backup", name.Text, "server 127.0.0.1:8080;")
	}
	c.config.Upstreams = append(c.config.Upstreams, upstream)
	c.upstreams[folded] = upstream
	return nil
}

// isUpstreamSetting reports whether a directive is nginx's own and changes
// nothing about which servers there are.
func isUpstreamSetting(name string) bool {
	switch name {
	case "zone", "keepalive", "keepalive_requests", "keepalive_time", "keepalive_timeout", "resolver", "resolver_timeout", "ntlm", "queue", "sticky":
		return true
	}
	return false
}

// isMethod reports whether a directive chooses how servers are chosen.
func isMethod(name string) bool {
	switch name {
	case "ip_hash", "least_conn", "hash", "random", "least_time":
		return true
	}
	return false
}

// setMethod takes a statement that chooses how servers are chosen; the last
// one counts.
func (u *Upstream) setMethod(directive *Directive) error {
	if err := directive.wantBlock(false); err != nil {
		return err
	}
	name := directive.Name.Text
	var arguments []string
	for _, argument := range directive.Arguments {
		arguments = append(arguments, argument.Text)
	}
	if ok, example := methodArguments(name, arguments); !ok {
		return directive.problem("%q has other arguments than it takes, want for example `%s`", name, example)
	}
	if len(arguments) > 0 && name == "hash" {
		if err := directive.checkWord(directive.Arguments[0], true); err != nil {
			return err
		}
	}
	u.Method, u.MethodArguments = name, arguments
	return nil
}

// methodArguments says whether a method takes these arguments, and what it
// would take.
func methodArguments(name string, arguments []string) (ok bool, example string) {
	n := len(arguments)
	switch name {
	case "hash":
		return n == 1 || n == 2 && arguments[1] == "consistent", "hash $request_uri consistent;"
	case "random":
		return n == 0 || arguments[0] == "two" && (n == 1 || n == 2 && isRandomTwo(arguments[1])), "random two least_conn;"
	case "least_time":
		return n == 1 || n == 2 && arguments[1] == "inflight", "least_time header;"
	}
	return n == 0, name + ";"
}

func isRandomTwo(method string) bool {
	return method == "least_conn" || method == "least_time=header" || method == "least_time=last_byte" ||
		method == "least_time=connect" || method == "least_time=first_byte"
}

// takesBackup reports whether backup servers may follow the method.
func (u *Upstream) takesBackup() bool {
	return u.Method != "ip_hash" && u.Method != "hash" && u.Method != "random"
}
