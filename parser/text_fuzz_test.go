package parser

import "testing"

// refFormats are the formats that fuzzing tries, each with what makes it hard.
var refFormats = []struct {
	text   string
	escape Escape
}{
	{CombinedText, EscapeDefault},
	{CommonText, EscapeDefault},
	{CombinedText, EscapeNone},
	{`$remote_addr|$request|$status|$request_time|$http_user_agent|$variant`, EscapeNone},
	{`$status $upstream_addr $upstream_status $upstream_response_time $variant`, EscapeDefault},
	{`$remote_addr "$request" $status`, EscapeJSON},
	{`$http_x $remote_addr $request $status $body_bytes_sent $bytes_sent`, EscapeDefault},
	{`"$x" "$request" "$x" [$msec] $time_local $status "$upstream_addr" "$upstream_connect_time" "$upstream_header_time" "$upstream_cache_status"`, EscapeDefault},
	{`[$time_iso8601]$host"$request_method"$request_uri"$variant"`, EscapeDefault},
	{`$x`, EscapeNone},
	{`a$status-$upstream_response_time: $request_time,$server_name;$uri`, EscapeDefault},
	{`$status $status $upstream_addr : $upstream_status, $msec`, EscapeDefault},
	{`""$x"$request""$variant" $msec" "$x`, EscapeDefault},
}

// FuzzTextAgainstReference holds the parser of compiled formats against the
// reference.
func FuzzTextAgainstReference(f *testing.F) {
	options := Options{Host: true, Variants: []string{"variant", "http_x"}, Values: []string{"x", "http_user_agent"}}
	var parsers []*Parser
	var references []*reference
	for _, format := range refFormats {
		options.Escape = format.escape
		parsers = append(parsers, mustCompile(f, format.text, options).NewParser())
		references = append(references, newReference(format.text, options))
	}
	f.Add(uint8(0), combinedStart+`"GET / HTTP/1.1" 200 12 "-" "agent"`)
	f.Fuzz(func(t *testing.T, format uint8, line string) {
		if len(line) > 200 {
			return
		}
		i := int(format) % len(refFormats)
		want, ok := references[i].parse(line)
		if !ok {
			return
		}
		if got := parse(parsers[i], line); got != want {
			t.Errorf("format %s escape=%v: Parse(%q)\n got %v\nwant %v", refFormats[i].text, refFormats[i].escape, line, got, want)
		}
	})
}

// TestReference holds the reference against lines that were thought out.
func TestReference(t *testing.T) {
	options := Options{Host: true, Variants: []string{"variant"}, Values: []string{"x"}}
	for _, line := range textHistory {
		want, ok := newReference(richText, options).parse(line)
		if got := parse(mustCompile(t, richText, options).NewParser(), line); ok && got != want {
			t.Errorf("Parse(%q)\n      got %v\nreference %v", line, got, want)
		}
	}
}
