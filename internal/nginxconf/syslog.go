package nginxconf

import (
	"fmt"
	"slices"
	"strings"
)

// Syslog is where a log goes that is sent to a syslog server.
type Syslog struct {
	Server   string // as written
	Facility string
	Severity string
	Tag      string
	NoHost   bool // whether the header has no host name
}

// The names that nginx knows.
var (
	syslogFacilities = []string{"kern", "user", "mail", "daemon", "auth", "intern", "lpr", "news", "uucp", "clock",
		"authpriv", "ftp", "ntp", "audit", "alert", "cron", "local0", "local1", "local2", "local3", "local4", "local5",
		"local6", "local7"}
	syslogSeverities = []string{"emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"}
)

// maxSyslogTag is the longest tag that RFC 3164 allows.
const maxSyslogTag = 32

// parseSyslog reads what follows "syslog:" and says what is wrong with it.
func parseSyslog(text string) (syslog *Syslog, problem string) {
	syslog = &Syslog{}
	for parameter := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(parameter, "=")
		switch {
		case parameter == "nohostname":
			syslog.NoHost = true
		case name == parameter:
			problem = "is not known"
		case name == "server":
			problem = setOnce(&syslog.Server, value)
		case name == "facility":
			problem = setKnown(&syslog.Facility, value, syslogFacilities)
		case name == "severity":
			problem = setKnown(&syslog.Severity, value, syslogSeverities)
		case name == "tag":
			if problem = setOnce(&syslog.Tag, value); problem == "" && (len(value) > maxSyslogTag || nameLength(value) < len(value)) {
				problem = fmt.Sprintf("is no tag, want at most %d letters, digits and underscores", maxSyslogTag)
			}
		default:
			problem = "is not known"
		}
		if problem != "" {
			return nil, fmt.Sprintf("syslog parameter %q %s", parameter, problem)
		}
	}
	if syslog.Server == "" {
		return nil, `no syslog server is given, want for example "syslog:server=127.0.0.1"`
	}
	setDefault(&syslog.Facility, "local7")
	setDefault(&syslog.Severity, "info")
	setDefault(&syslog.Tag, "nginx")
	return syslog, ""
}

// setOnce sets a value that is not set yet.
func setOnce(to *string, value string) (problem string) {
	if *to != "" {
		return "comes after another one, want one"
	}
	*to = value
	return ""
}

// setKnown sets a value that is one of some.
func setKnown(to *string, value string, known []string) (problem string) {
	if !slices.Contains(known, value) {
		return fmt.Sprintf("is not known, want one of %s", strings.Join(known, ", "))
	}
	return setOnce(to, value)
}

func setDefault(to *string, value string) {
	if *to == "" {
		*to = value
	}
}
