package agent

import "regexp"

// shape is what the values of a variable look like.
type shape struct {
	pattern *regexp.Regexp
	words   string
}

// shapes are those of the variables whose values look like little else.
var shapes = func() map[string]shape {
	number := shape{regexp.MustCompile(`^\d+$`), "a whole number"}
	times := shape{regexp.MustCompile(`^(\d+\.\d+|-)((, | : )(\d+\.\d+|-))*( : )?$`), `seconds such as 0.004 or "-" for each attempt`}
	return map[string]shape{
		"remote_addr":            {regexp.MustCompile(`^[^ \t|]+$`), "an address without spaces"},
		"status":                 {regexp.MustCompile(`^\d{3}$`), "three digits"},
		"time_local":             {regexp.MustCompile(`^\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}$`), "a time such as 25/Nov/2026:10:00:00 +0000"},
		"time_iso8601":           {regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)$`), "a time such as 2026-11-25T10:00:00+00:00"},
		"msec":                   {regexp.MustCompile(`^\d{9,}\.\d+$`), "seconds since 1970 with a fraction, such as 1764036000.123"},
		"body_bytes_sent":        number,
		"bytes_sent":             number,
		"request_length":         number,
		"request_time":           {regexp.MustCompile(`^\d+\.\d+$`), "seconds such as 0.004"},
		"upstream_addr":          {regexp.MustCompile(`^[^ ,]*((, | : )[^ ,]*)*$`), `addresses separated by ", " and " : "`},
		"upstream_status":        {regexp.MustCompile(`^(\d{3}|-)((, | : )(\d{3}|-))*( : )?$`), `three digits or "-" for each attempt`},
		"upstream_connect_time":  times,
		"upstream_header_time":   times,
		"upstream_response_time": times,
	}
}()

// maxValue bounds the values that are looked at, and maxEnds how many places are
// tried at which one can end.
const (
	maxValue = 4 << 10
	maxEnds  = 256
)

// fits reports whether a value is one that nginx can have logged for a variable.
// A variable of known shape is never logged as nothing where what is absent is
// "-".
func fits(variable string, value []byte, mayBeEmpty bool) bool {
	known, ok := shapes[variable]
	switch {
	case !ok, len(value) == 1 && value[0] == '-':
		return true
	case len(value) == 0:
		return mayBeEmpty
	}
	return len(value) <= maxValue && known.pattern.Match(value)
}
