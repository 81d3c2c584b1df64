package loggen

// Format is what the lines look like.
type Format uint8

const (
	// Combined is the format that nginx predefines.
	Combined Format = iota
	// Extended is combined and what upstreams, caches and splits have to say.
	Extended
	// JSON is one object a line, written with escape=json.
	JSON
)

// The texts of the formats as they stand in a log_format directive, once the
// quotes of the configuration are undone.
const (
	CombinedText = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`

	ExtendedText = CombinedText + ` rt=$request_time ua="$upstream_addr" us="$upstream_status"` +
		` uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time"` +
		` host="$host" variant="$variant" msec=$msec cs="$upstream_cache_status"`

	JSONText = `{"time_iso8601":"$time_iso8601","msec":"$msec","remote_addr":"$remote_addr","remote_user":"$remote_user",` +
		`"host":"$host","request":"$request","status":"$status","body_bytes_sent":"$body_bytes_sent",` +
		`"request_time":"$request_time","http_referer":"$http_referer","http_user_agent":"$http_user_agent",` +
		`"upstream_addr":"$upstream_addr","upstream_status":"$upstream_status",` +
		`"upstream_connect_time":"$upstream_connect_time","upstream_header_time":"$upstream_header_time",` +
		`"upstream_response_time":"$upstream_response_time","upstream_cache_status":"$upstream_cache_status","variant":"$variant"}`
)

// Text returns the format's text, for a log_format directive.
func (f Format) Text() string {
	switch f {
	case Extended:
		return ExtendedText
	case JSON:
		return JSONText
	}
	return CombinedText
}

// Escape returns the format's escape= parameter.
func (f Format) Escape() string {
	if f == JSON {
		return "json"
	}
	return "default"
}

// String returns the format's name.
func (f Format) String() string {
	switch f {
	case Extended:
		return "extended"
	case JSON:
		return "json"
	}
	return "combined"
}
