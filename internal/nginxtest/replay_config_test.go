package nginxtest

import (
	"fmt"
	"strings"
)

// The splits of the nginx that is replayed, by variable. They differ in what
// becomes of their key until the line is logged: the address stays, the query is
// lost where an internal redirect changes the URI, the cookie stays, and $user is
// a copy of the query's user that a redirect does not take away.
// The first is the primary one.
var replaySplits = []struct{ name, text string }{
	{"variant", `split_clients "${remote_addr}gauge" $variant { 20% .one; 30% .two; 0.5% .rare; * ""; }`},
	{"shade", `split_clients "$arg_user" $shade { 50% red; 30% blue; * ""; }`},
	{"plan", `split_clients "$cookie_uid" $plan { 10% first; 45.5% "second part"; * third; }`},
	{"tone", `split_clients "${user}tone" $tone { 50% high; 50% low; }`},
}

// replayFormat is a log_format, written to a log of its own, and what its lines
// can tell.
type replayFormat struct {
	name, escape, text string

	wireBytes bool // $bytes_sent and not $body_bytes_sent
	endMethod bool // $request_method and not $request
	upstream  bool
	times     bool     // $request_time
	splits    []string // whose variable is logged; of all but variant the key is, too
	pipes     bool     // a request line with pipes can look like several fields
	auto      bool     // can be read without nginx.conf
}

// The lists of an upstream, in the order in which they are mostly logged.
const (
	quotedLists = `"$upstream_addr" "$upstream_status" "$upstream_connect_time" "$upstream_header_time" "$upstream_response_time" "$upstream_cache_status"`
	bareLists   = `$upstream_addr $upstream_status $upstream_connect_time $upstream_header_time $upstream_response_time`
	head        = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent`
)

var replayFormats = []replayFormat{
	{name: "combined", auto: true},
	{name: "forwarded", text: head + ` "$http_referer" "$http_user_agent" "$http_x_forwarded_for"`},
	{name: "quoted", text: head + ` $request_time ` + quotedLists, upstream: true, times: true},
	{name: "bare", text: head + ` $upstream_cache_status $request_time ` + bareLists, upstream: true, times: true},
	{name: "bare_then_word", text: head + ` $request_time ` + bareLists + ` $upstream_cache_status`, upstream: true, times: true},
	{name: "bare_then_id", text: head + ` $request_time ` + bareLists + ` $request_id`, upstream: true, times: true},
	{name: "labelled", text: `$http_x_forwarded_for ` + head + ` "$http_user_agent"rt=$request_time ua=[$upstream_addr] us=$upstream_status; ct=$upstream_connect_time ht=$upstream_header_time urt=$upstream_response_time cs=$upstream_cache_status`, upstream: true, times: true},
	{name: "json", auto: true, escape: "json", upstream: true, times: true, splits: []string{"variant", "shade"}, text: `{"time":"$time_iso8601","client":"$remote_addr","request":"$request","status":"$status","bytes":"$body_bytes_sent","rt":"$request_time",` +
		`"referer":"$http_referer","agent":"$http_user_agent","xff":"$http_x_forwarded_for","variant":"$variant","user":"$arg_user","shade":"$shade",` +
		`"addr":"$upstream_addr","us":"$upstream_status","uct":"$upstream_connect_time","uht":"$upstream_header_time","urt":"$upstream_response_time","ucs":"$upstream_cache_status"}`},
	{name: "json_numbers", escape: "json", upstream: true, times: true, text: `{"msec":$msec,"method":"$request_method","client":"$remote_addr","request":"$request","status":$status,"bytes":$body_bytes_sent,"rt":$request_time,` +
		`"us":[$upstream_status],"uct":[$upstream_connect_time],"uht":[$upstream_header_time],"urt":[$upstream_response_time],"addr":"$upstream_addr","agent":"$http_user_agent"}`},
	{name: "json_default", auto: true, upstream: true, times: true, splits: []string{"plan"}, text: `{"time":"$time_local","client":"$remote_addr","request":"$request","status":$status,"bytes":$body_bytes_sent,"rt":$request_time,` +
		`"referer":"$http_referer","agent":"$http_user_agent","plan":"$plan","uid":"$cookie_uid",` +
		`"addr":"$upstream_addr","us":"$upstream_status","uct":"$upstream_connect_time","uht":"$upstream_header_time","urt":"$upstream_response_time"}`},
	{name: "pipe", escape: "none", upstream: true, times: true, pipes: true, text: `$remote_addr|$time_iso8601|$request|$status|$body_bytes_sent|$request_time|$upstream_addr|$upstream_status|$upstream_connect_time|$upstream_header_time|$upstream_response_time|$http_referer|$http_user_agent`},
	{name: "pipe_last", escape: "none", upstream: true, times: true, splits: []string{"variant"}, text: `$remote_addr|$msec|$status|$body_bytes_sent|$request_time|$variant|$upstream_addr|$upstream_status|$upstream_connect_time|$upstream_header_time|$upstream_response_time|$request`},
	{name: "msec", wireBytes: true, times: true, text: `$msec $request_time $status $bytes_sent $remote_addr "$request"`},
	{name: "parts", endMethod: true, text: `[$time_iso8601] $remote_addr $request_method $request_uri $server_protocol $status $body_bytes_sent`},
	{name: "variants", splits: []string{"variant", "shade", "plan", "tone"}, text: head + ` "$http_user_agent" variant=$variant shade="$shade" user="$arg_user" plan="$plan" uid="$cookie_uid" tone="$tone" copy="$user"`},
}

// logPath is where a log is, from the prefix.
func (f *replayFormat) logPath() string { return "logs/" + f.name + ".log" }

// replayFormatsText and replayLogsText are included by the configuration.

func replayFormatsText() string {
	var b strings.Builder
	for _, f := range replayFormats {
		if f.text == "" {
			continue // nginx's own
		}
		fmt.Fprintf(&b, "log_format %s", f.name)
		if f.escape != "" {
			fmt.Fprintf(&b, " escape=%s", f.escape)
		}
		half := strings.LastIndexByte(f.text[:len(f.text)/2], '$') // in two pieces, as people write them
		fmt.Fprintf(&b, "\n    '%s'\n    '%s';\n", f.text[:half], f.text[half:])
	}
	return b.String()
}

func replayLogsText() string {
	var b strings.Builder
	for _, f := range replayFormats {
		fmt.Fprintf(&b, "access_log %s %s;\n", f.logPath(), f.name)
	}
	return b.String()
}

// replayHTTP is what stands in "http { }". Words in braces are replaced by
// addresses.
const replayHTTP = `
include formats.conf;
include splits.conf;
variables_hash_max_size 2048;
proxy_cache_path cache levels=1 keys_zone=hot:1m inactive=1h use_temp_path=off;
limit_req_zone $server_name zone=tight:1m rate=1r/m;
resolver {dns} ipv6=off;
resolver_timeout 10s;
lingering_timeout 1s;
proxy_read_timeout 25s;
proxy_next_upstream error timeout http_500 http_502 http_503;

upstream app {
    server {app1} max_fails=0;
    server {app2} max_fails=0;
    server {app6} max_fails=0;
    server {appUnix} max_fails=0;
    server {dead1} max_fails=0;
}
upstream flaky {
    server {failing1} max_fails=0;
    server {failing2} max_fails=0;
    server {steady} max_fails=0;
}
upstream broken { server {broken} max_fails=0; }
upstream abrupt {
    server {closing} max_fails=0;
    server {closingBackup} max_fails=0;
}
upstream stale {
    server {stale} max_fails=0;
    keepalive 1;
}
upstream hanging {
    server {hanging1} max_fails=0;
    server {prompt} max_fails=0;
}
upstream stuck { server {hanging2} max_fails=0; }
upstream slow {
    server {dead2} max_fails=0;
    server {hanging3} max_fails=0;
}
upstream empty {
    server {dead3} down;
    server {dead4} down;
}
upstream thin {
    server {dead5} max_fails=1 fail_timeout=1h;
    server {dead6} max_fails=0;
}
upstream fallback { server {fallback} max_fails=0; }
upstream accel { server {accel} max_fails=0; }

server {
    listen {front};
    listen {front6};
    listen unix:{frontUnix};
    server_name front.test;
    include logs.conf;
    client_max_body_size 1m;
    root files;
    if ($user = "") { set $user $arg_user; }

    location /static/ { rewrite ^/static/[0-9]+(/.*)$ $1 break; }
    location /204/ { return 204; }
    location /301/ { return 301 /elsewhere; }
    location /444/ { return 444; }
    location /limited/ { limit_req zone=tight; rewrite ^ /hello.txt break; }
    location /asked/ { auth_request /asks; proxy_pass http://app; }
    location = /asks { internal; proxy_pass http://{asked}; proxy_pass_request_body off; proxy_set_header Content-Length ""; }

    location /app/ { proxy_pass http://app; }
    location /app11/ { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
    location /early/ { proxy_pass http://app; proxy_set_header X-Shade $shade; }
    location /flaky/ { proxy_pass http://flaky; }
    location /abrupt/ { proxy_pass http://abrupt; }
    location /stale/ { proxy_pass http://stale; proxy_http_version 1.1; proxy_set_header Connection ""; }
    location /hanging/ { proxy_pass http://hanging; proxy_read_timeout 300ms; }
    location /stuck/ { proxy_pass http://stuck; proxy_read_timeout 300ms; }
    location /slow/ { proxy_pass http://slow; }
    location /empty/ { proxy_pass http://empty; }
    location /thin/ { proxy_pass http://thin; }
    location /unix/ { proxy_pass http://{appUnix2}:; }
    location /six/ { proxy_pass http://{six}; }
    location /ancient/ { proxy_pass http://{ancient}; }
    location /upgrade/ {
        proxy_pass http://{upgrade};
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
    }
    location /nowhere/ { set $nowhere nowhere.invalid; proxy_pass http://$nowhere; }
    location /cached/ {
        proxy_pass http://app;
        proxy_cache hot;
        proxy_cache_key $arg_name;
        proxy_cache_valid 200 1h;
        proxy_cache_bypass $arg_anew;
    }

    location /late-redirect/ {
        proxy_pass http://broken;
        proxy_intercept_errors on;
        error_page 500 502 503 = /fallback;
    }
    location /early-redirect/ {
        proxy_pass http://broken;
        proxy_set_header X-Shade $shade;
        proxy_intercept_errors on;
        error_page 500 502 503 = /fallback;
    }
    location /retried-redirect/ {
        proxy_pass http://thin;
        error_page 502 =200 /fallback;
    }
    location /named-redirect/ {
        proxy_pass http://broken;
        proxy_intercept_errors on;
        error_page 500 502 503 = @fallback;
    }
    location /cached-redirect/ {
        proxy_pass http://broken;
        proxy_intercept_errors on;
        error_page 500 502 503 = /cached-fallback;
    }
    location /empty-redirect/ {
        proxy_pass http://broken;
        proxy_intercept_errors on;
        error_page 500 502 503 = /empty-fallback;
    }
    location /nowhere-redirect/ {
        proxy_pass http://broken;
        proxy_intercept_errors on;
        error_page 500 502 503 = /nowhere-fallback;
    }
    location = /fallback { internal; proxy_pass http://fallback; }
    location @fallback { proxy_pass http://fallback; }
    location = /cached-fallback {
        internal;
        proxy_pass http://fallback;
        proxy_cache hot;
        proxy_cache_key fallback;
        proxy_cache_valid 200 1h;
    }
    location = /empty-fallback { internal; proxy_pass http://empty; }
    location = /nowhere-fallback { internal; set $nowhere nowhere.invalid; proxy_pass http://$nowhere; }

    location /accel/ { proxy_pass http://accel; }
    location /protected/ { internal; rewrite ^/protected(/.*)$ $1 break; }
    location /inner/ { internal; proxy_pass http://fallback; }
}
server {
    listen {hasty};
    server_name hasty.test;
    include logs.conf;
    set $before $tone; # the split's key is set too late
    set $user $arg_user;
    location / { return 200 "hasty\n"; }
}
server {
    listen {impatient};
    server_name impatient.test;
    include logs.conf;
    client_header_timeout 200ms;
}
`
