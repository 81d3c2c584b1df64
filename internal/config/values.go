package config

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/splitgauge/splitgauge/splitclients"
)

type timeSpan = time.Duration

func setVersion(s *scope, v string) string {
	if _, err := splitclients.RuleFor(v); err != nil {
		return err.Error()
	}
	s.config.Nginx.Version = v
	return ""
}

func setPath(s *scope, v string) string {
	if v == "" {
		return "is empty, want a file or a glob"
	}
	if _, err := filepath.Match(v, ""); err != nil {
		return fmt.Sprintf("%s is no glob: an opening [ needs its ]", quoted(v))
	}
	s.log.Path = v
	return ""
}

func setSyslog(s *scope, v string) string {
	const want = "want unix:/path or udp:127.0.0.1:5140"
	switch path, address := strings.TrimPrefix(v, "unix:"), strings.TrimPrefix(v, "udp:"); {
	case path != v && filepath.IsAbs(path):
	case address != v:
		if problem := checkAddress(address, true); problem != "" {
			return problem + ", " + want
		}
	default:
		return fmt.Sprintf("%s is not an address to listen on, %s", quoted(v), want)
	}
	s.log.Syslog = v
	return ""
}

func setSplit(s *scope, v string) string {
	if _, err := splitclients.Parse(v, splitclients.RuleNewest); err != nil {
		return err.Error()
	}
	s.config.Split = v
	return ""
}

// The least and the most that max_line may be, in bytes.
const (
	leastMaxLine = 512
	mostMaxLine  = 64 << 20
)

func setMaxLine(s *scope, v string) string {
	number, unit := v, 1
	for suffix, bytes := range map[string]int{"KiB": 1 << 10, "MiB": 1 << 20} {
		if rest, ok := strings.CutSuffix(v, suffix); ok {
			number, unit = strings.TrimSpace(rest), bytes
		}
	}
	n, err := strconv.Atoi(number)
	if err != nil || n > mostMaxLine/unit || n*unit < leastMaxLine {
		return fmt.Sprintf("%s is not a size from 512 to 64MiB, such as 65536, 512KiB or 1MiB", quoted(v))
	}
	s.config.Reading.MaxLine = n * unit
	return ""
}

func setAddress(s *scope, v string) string {
	if problem := checkAddress(v, false); problem != "" {
		return problem + ", want host:port, such as 127.0.0.1:9917"
	}
	s.config.Metrics.Listen = v
	return ""
}

func setAdminAddress(s *scope, v string) string {
	path, isSocket := strings.CutPrefix(v, "unix:")
	switch {
	case v == "none":
	case isSocket && !filepath.IsAbs(path):
		return fmt.Sprintf("%s has no absolute path, want for example unix:/run/splitgauge/admin.sock", quoted(v))
	case isSocket:
	default:
		if problem := checkAddress(v, true); problem != "" {
			return problem + ", want a loopback address such as 127.0.0.1:9918, unix:/path or none"
		}
	}
	s.config.Admin.Listen = v
	return ""
}

// checkAddress says what is wrong with a host:port.
func checkAddress(v string, loopback bool) (problem string) {
	host, port, err := net.SplitHostPort(v)
	if err != nil {
		return fmt.Sprintf("%s is not host:port", quoted(v))
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return fmt.Sprintf("%s has no port from 0 to 65535", quoted(v))
	}
	if loopback && host != "localhost" {
		if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
			return fmt.Sprintf("%s is not an address of this machine alone", quoted(v))
		}
	}
	return ""
}
