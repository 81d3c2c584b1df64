package config

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
	"github.com/splitgauge/splitgauge/splitclients"
)

// prefixes is a list of networks.
type prefixes = []netip.Prefix

// policyNames returns the policies, the default first.
func policyNames() []string {
	names := balance.Policies()
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case a == balance.DefaultPolicy:
			return -1
		case b == balance.DefaultPolicy:
			return 1
		}
		return 0
	})
	return names
}

func setText(field func(*scope) *string) func(*scope, string) string {
	return func(s *scope, v string) string { *field(s) = v; return "" }
}

// longestWord is how many bytes a name may have: names become labels.
const longestWord = 128

func setName(field func(*scope) *string) func(*scope, string) string {
	return func(s *scope, v string) string {
		if v == "" || len(v) > longestWord {
			return fmt.Sprintf("%s is no name of 1 to %d bytes", quoted(v), longestWord)
		}
		*field(s) = v
		return ""
	}
}

// variableName is what nginx calls a variable.
var variableName = regexp.MustCompile(`^[a-z0-9_]{1,128}$`)

func setVariable(field func(*scope) *string) func(*scope, string) string {
	return func(s *scope, v string) string {
		name := strings.ToLower(strings.TrimPrefix(v, "$"))
		if !variableName.MatchString(name) {
			return fmt.Sprintf("%s is no variable of nginx, such as upstream_http_x_backend", quoted(v))
		}
		*field(s) = name
		return ""
	}
}

func setFlag(field func(*scope) *bool) func(*scope, string) string {
	return func(s *scope, v string) string {
		if v != "true" && v != "false" {
			return fmt.Sprintf("%s is not true or false", quoted(v))
		}
		*field(s) = v == "true"
		return ""
	}
}

func setCount(field func(*scope) *int, least, most int) func(*scope, string) string {
	return func(s *scope, v string) string {
		n, err := strconv.Atoi(v)
		if err != nil || n < least || n > most {
			return fmt.Sprintf("%s is not a whole number from %d to %d", quoted(v), least, most)
		}
		*field(s) = n
		return ""
	}
}

func setNumber(field func(*scope) *float64, least, most float64) func(*scope, string) string {
	return func(s *scope, v string) string {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || !(n >= least && n <= most) {
			return fmt.Sprintf("%s is not a number from %v to %v", quoted(v), least, most)
		}
		*field(s) = n
		return ""
	}
}

// setSpan takes a time; a zero, where it is allowed, means none.
func setSpan(field func(*scope) *timeSpan, least, most string) func(*scope, string) string {
	low, _ := time.ParseDuration(least)
	high, _ := time.ParseDuration(most)
	return func(s *scope, v string) string {
		d, err := time.ParseDuration(v)
		if err != nil || d < low || d > high {
			return fmt.Sprintf("%s is not a time from %s to %s, such as 500ms, 5s or 10m", quoted(v), least, most)
		}
		if d == 0 {
			d = -1
		}
		*field(s) = d
		return ""
	}
}

func setSize(field func(*scope) *int64, least, most int64) func(*scope, string) string {
	return func(s *scope, v string) string {
		number, unit := v, int64(1)
		for suffix, bytes := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20} {
			if rest, ok := strings.CutSuffix(v, suffix); ok {
				number, unit = strings.TrimSpace(rest), bytes
			}
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n > most/unit || n*unit < least {
			return fmt.Sprintf("%s is not a size from %d to %d bytes, such as 65536, 512KiB or 1MiB", quoted(v), least, most)
		}
		*field(s) = n * unit
		return ""
	}
}

// addPrefix takes a network, or a single address as one.
func addPrefix(field func(*scope) *prefixes) func(*scope, string) string {
	return func(s *scope, v string) string {
		p, problem := parsePrefix(v)
		if problem == "" {
			*field(s) = append(*field(s), p)
		}
		return problem
	}
}

func parsePrefix(v string) (netip.Prefix, string) {
	if addr, err := netip.ParseAddr(v); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr, addr.BitLen()), ""
	}
	p, err := netip.ParsePrefix(v)
	if err != nil {
		return p, fmt.Sprintf("%s is no network, such as 192.0.2.0/24 or 2001:db8::/32", quoted(v))
	}
	if p != p.Masked() {
		return p, fmt.Sprintf("%s has bits after its length; %s is meant?", quoted(v), p.Masked())
	}
	return p, ""
}

func addWord(field func(*scope) *[]string) func(*scope, string) string {
	return func(s *scope, v string) string {
		if v == "" {
			return "is empty"
		}
		*field(s) = append(*field(s), v)
		return ""
	}
}

func addSource(s *scope, v string) string {
	addr, err := netip.ParseAddr(v)
	if err != nil {
		return fmt.Sprintf("%s is no address", quoted(v))
	}
	s.listener.Dial.Sources = append(s.listener.Dial.Sources, addr)
	return ""
}

func addPort(s *scope, v string) string {
	n, err := strconv.ParseUint(v, 10, 16)
	if err != nil || n == 0 {
		return fmt.Sprintf("%s is no port from 1 to 65535", quoted(v))
	}
	s.egress.Ports = append(s.egress.Ports, uint16(n))
	return ""
}

// setListenAddress takes where to listen. A host must be named: to listen
// everywhere is not what is meant by leaving something out.
func setListenAddress(field func(*scope) *string) func(*scope, string) string {
	return func(s *scope, v string) string {
		if path, ok := strings.CutPrefix(v, "unix:"); ok {
			if !filepath.IsAbs(path) {
				return fmt.Sprintf("%s has no absolute path, want for example unix:/run/splitgauge/proxy.sock", quoted(v))
			}
		} else if problem := checkAddress(v, false); problem != "" {
			return problem + ", want host:port, such as 127.0.0.1:8080"
		} else if host, _, _ := net.SplitHostPort(v); host == "" {
			return fmt.Sprintf("%s names no host, want 127.0.0.1%[2]s for this machine alone, or 0.0.0.0%[2]s for everybody", quoted(v), v)
		}
		*field(s) = v
		return ""
	}
}

func setAgentCheck(s *scope, v string) string {
	if problem := checkAddress(v, false); problem != "" {
		return problem + ", want host:port, such as 127.0.0.1:9919"
	}
	s.config.Proxies.AgentCheck = v
	return ""
}

func setServerAddress(s *scope, v string) string {
	if problem := checkServerAddress(v); problem != "" {
		return problem
	}
	s.server.Address = v
	return ""
}

func checkServerAddress(v string) string {
	if path, ok := strings.CutPrefix(v, "unix:"); ok {
		if !filepath.IsAbs(path) {
			return fmt.Sprintf("%s has no absolute path", quoted(v))
		}
		return ""
	}
	if problem := checkAddress(v, false); problem != "" {
		return problem + ", want host:port or unix:/path"
	}
	if host, port, _ := net.SplitHostPort(v); host == "" || port == "0" {
		return fmt.Sprintf("%s names no host or no port", quoted(v))
	}
	return ""
}

func setWeight(s *scope, v string) string {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > balance.MaxWeight {
		return fmt.Sprintf("%s is not a weight from 0 to %d", quoted(v), balance.MaxWeight)
	}
	s.server.Weight, s.server.Disabled = n, n == 0
	return ""
}

func setPoolSplit(s *scope, v string) string {
	split, err := splitclients.Parse(v, splitclients.RuleNewest)
	if err != nil {
		return err.Error()
	}
	s.pool.config.Split = split
	return ""
}

// headerName is a token of HTTP, without what nobody uses.
var headerName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

func setHeaderName(s *scope, v string) string {
	if !headerName.MatchString(v) {
		return fmt.Sprintf("%s is no name of a header, such as X-Upstream", quoted(v))
	}
	s.listener.Mark.Header = v
	return ""
}

func putMark(s *scope, name, value string) string {
	p, problem := parsePrefix(name)
	if problem != "" {
		return problem
	}
	if value == "" {
		return "want the name of a server"
	}
	if s.listener.Mark.Sources == nil {
		s.listener.Mark.Sources = make(map[netip.Prefix]string)
	}
	s.listener.Mark.Sources[p] = value
	return ""
}

func setCheckType(s *scope, v string) string {
	s.pool.checkConfig()
	s.pool.checkType = v
	return ""
}

func setCheckPath(s *scope, v string) string {
	if !strings.HasPrefix(v, "/") {
		return fmt.Sprintf("%s does not begin with /", quoted(v))
	}
	s.pool.checkConfig().Path = v
	return ""
}
