package parser

// field is a part of a line that is measured, whatever its place and its name
// in a format.
type field uint8

const (
	unused field = iota

	remoteAddr
	statusField
	request
	requestMethod
	requestURI // the target as the client sent it
	uri        // the target after rewrites
	msec
	timeISO8601Field
	timeLocalField
	anyTime // what JSON of other writers calls its time, in any of these forms
	bodyBytesSent
	bytesSent
	requestTime
	host
	httpHost
	serverName
	upstreamAddr
	upstreamStatus
	upstreamConnectTime
	upstreamHeaderTime
	upstreamResponseTime
	upstreamCacheStatus
	oneWord // a variable that nobody needs, but whose value is known to be one word

	numFields // what follows are variants, then values, as Options asks for them
)

// variable is an nginx variable, the field that it fills, and under which other
// names JSON formats commonly have it.
type variable struct {
	field   field
	name    string
	aliases []string
}

// variables are the variables that fields are read from.
var variables = [...]variable{
	{remoteAddr, "remote_addr", []string{"client_ip", "clientip", "remote_ip", "client_addr", "client", "ip"}},
	{statusField, "status", []string{"status_code", "code", "response_code"}},
	{request, "request", []string{"request_line"}},
	{requestMethod, "request_method", []string{"method", "verb", "http_method"}},
	{requestURI, "request_uri", []string{"request_url", "url"}},
	{uri, "uri", []string{"path", "document_uri"}},
	{msec, "msec", nil},
	{timeISO8601Field, "time_iso8601", nil},
	{timeLocalField, "time_local", nil},
	{anyTime, "time", []string{"@timestamp", "timestamp", "ts", "datetime"}},
	{bodyBytesSent, "body_bytes_sent", []string{"body_bytes", "bytes", "size"}},
	{bytesSent, "bytes_sent", nil},
	{requestTime, "request_time", []string{"rt", "duration"}},
	{host, "host", []string{"vhost", "domain"}},
	{httpHost, "http_host", nil},
	{serverName, "server_name", nil},
	{upstreamAddr, "upstream_addr", []string{"upstream"}},
	{upstreamStatus, "upstream_status", []string{"us"}},
	{upstreamConnectTime, "upstream_connect_time", []string{"uct"}},
	{upstreamHeaderTime, "upstream_header_time", []string{"uht"}},
	{upstreamResponseTime, "upstream_response_time", []string{"urt"}},
	{upstreamCacheStatus, "upstream_cache_status", []string{"ucs", "cs"}},
}

// oneWordVariables are variables whose values, made by nginx itself, hold neither
// spaces nor commas. That tells them from a list before them that does.
var oneWordVariables = []string{
	"connection", "connection_requests", "connection_time", "gzip_ratio", "hostname", "nginx_version", "pid", "pipe",
	"remote_port", "request_completion", "request_id", "request_length", "scheme", "server_addr", "server_port",
	"server_protocol", "ssl_cipher", "ssl_protocol", "ssl_session_reused", "tcpinfo_rtt",
}

// fieldByAnyName returns the field that an nginx variable or one of its aliases
// fills, or unused.
func fieldByAnyName(name string) field {
	for _, v := range variables {
		if v.name == name {
			return v.field
		}
		for _, alias := range v.aliases {
			if alias == name {
				return v.field
			}
		}
	}
	return unused
}

// variableOf returns the name of the nginx variable that fills f.
func variableOf(f field) string {
	for _, v := range variables {
		if v.field == f {
			return v.name
		}
	}
	return ""
}

// present returns a value that is there, or nil: nginx logs "-" or nothing for
// what it does not have.
func present(value []byte) []byte {
	if len(value) == 0 || len(value) == 1 && value[0] == '-' {
		return nil
	}
	return value
}

// expectation says what the value of a field looks like, for messages.
func expectation(f field) string {
	switch f {
	case statusField:
		return "three digits"
	case msec:
		return "seconds since 1970 with a fraction, such as 1764036000.123"
	case timeISO8601Field:
		return "a time such as 2026-11-25T10:00:00+00:00"
	case anyTime:
		return "a time, or seconds since 1970"
	case timeLocalField:
		return "a time such as 25/Nov/2026:10:00:00 +0000"
	case bodyBytesSent, bytesSent:
		return "a whole number"
	case requestTime:
		return "seconds of at most a year, such as 0.004"
	case remoteAddr:
		return "an address without spaces"
	case upstreamStatus:
		return `three digits or "-" for each attempt`
	case upstreamConnectTime, upstreamHeaderTime, upstreamResponseTime:
		return `seconds such as 0.004 or "-" for each attempt`
	case upstreamCacheStatus:
		return "one word, such as HIT"
	case upstreamAddr:
		return "addresses separated by \", \" and \" : \""
	}
	return "something else"
}
