package nginxtest

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
)

// tlsHello is what a browser says that takes the port for one of HTTPS.
var tlsHello = "\x16\x03\x01\x00\xba\x01\x00\x00\xb6\x03\x03" + strings.Repeat("\xc5\x7f\x22\x5c\x00\x1b\xfe", 9) +
	"\x00\x04\x13\x01\x13\x02\x01\x00\x00\x8d\x00\x2b\x00\x03\x02\x03\x04" + strings.Repeat("\x80\x01\x00", 40)

// Values of headers that a log has to escape, or to live with.
var oddValues = []string{
	`"quoted" and \backslashed\`, `\x22 \\ \" written out`, `a|pipe | and another|`, `Grüße, 世界 🎈`, "broken \xff\xfe\xc3 UTF-8",
	"control \x01\x1b[31m\x7f\t characters", `-`, `{"json": ["inside", 1]}, "b": "`, `$remote_addr ' ; # [brackets] {braces}`,
	`" 200 17 "-" "`, `|200|17|0.001|`, strings.Repeat("long ", 700) + "end", `ends in a backslash \`, ` 10.0.0.1:80, 10.0.0.2:80 : b`,
}

// forgedRest is the end of a path that looks like the fields after it in the
// format "pipe", which does not escape the separator.
const forgedRest = "f|404|17|0.001|10.0.0.1:80|404|0.000|0.001|0.001|referer|agent"

// replayTraffic has all that the logs have to get right. Its second half runs
// many clients at once.
func replayTraffic(c *clients, b *backends, s *Server, frontUnix string) {
	front, hasty, impatient := s.Addresses[0], s.Addresses[1], s.Addresses[2]
	oddTraffic(c, front)
	headerTraffic(c, front)
	staticTraffic(c, front)
	upstreamTraffic(c, b, front)
	redirectTraffic(c, front)

	partial := c.raw("127.4.0.1", impatient)
	partial.odd("GET /static/0/hello.txt HT", 408)

	for _, user := range []string{"", "ann", "bob", "cy", "dee", "eve", "fay", "guy", "hal", "ida", "jo"} {
		client := c.raw("127.0.0.1", hasty)
		client.do(query{location: "any", user: user, hasty: true})
		client.close()
	}
	unix := c.rawUnix(frontUnix)
	unix.do(query{location: "static", rest: "hello.txt", user: "unix"})
	unix.do(query{location: "app", user: "unix"})
	unix.close()
	_, port, _ := strings.Cut(front, ":")
	if strings.HasPrefix(b.addresses["six"], "[") {
		six := c.raw("::1", "[::1]:"+port)
		six.do(query{location: "app", user: "six"})
		six.do(query{location: "static", rest: "missing"})
		six.close()
	}
	bulkTraffic(c, front)
}

// oddTraffic are connections on which no request comes, or an unreadable one.
func oddTraffic(c *clients, front string) {
	c.raw("127.2.0.1", front).close() // not logged
	for i, text := range []string{
		tlsHello,
		"]&\xdf\xbdV\xe7\xbb<\x10;\xa2b}\xdb\xe5R\r\n",
		"quit\r\n\r\n",
		"Hello \"World\" \\x20\r\n\r\n",
		"\x00\x00\x00\x00\r\n",
		"get /lower/case HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET\r\n\r\n",
		"- - -\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
		"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
		"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
		"GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
		"\r\n\r\n\r\nDELETE nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /" + strings.Repeat("a", 9000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
		"MKCOL " + strings.Repeat("b", 20000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		c.raw(fmt.Sprintf("127.2.1.%d", i), front).odd(text, 0)
	}
	c.raw("127.2.2.1", front).odd("\r\n", 400)
	c.raw("127.2.2.2", front).odd("\r\n\r\n\r\n", 400)
	c.raw("127.2.2.3", front).odd("OPTIONS", 400)
	c.raw("127.2.2.4", front).odd("GET /cut/off HTTP/1.1\r\nHost: a", 400).unread = false
	c.raw("127.2.2.5", front).odd("GET /no/host HTTP/1.1\r\nAccept: */*\r\n\r\n", 0).unread = false

	// Readable ones that nginx refuses.
	for i, header := range []string{
		"Bad Name: x", "Content-Length: many", "Transfer-Encoding: gzip, chunked", "Long: " + strings.Repeat("l", 9000),
		"Host: two.test", "Null: a\x00b",
	} {
		client := c.raw(fmt.Sprintf("127.2.3.%d", i), front)
		client.last(query{method: "PUT", location: "static", rest: "hello.txt", header: []string{"Connection: close", header}}, "")
		client.close()
	}
	for _, q := range []query{
		{location: "static", rest: "hello.txt", status: 200}, {location: "static", rest: "missing.txt", status: 404}, {location: "empty", status: 502},
	} {
		q.version, q.user = "0.9", "old"
		client := c.raw("127.2.5.1", front)
		client.last(q, "")
		client.close()
	}
	client := c.raw("127.2.6.1", front)
	client.last(query{location: "ancient", status: 9, header: []string{"Connection: close"}}, "")
	client.close()
}

// headerTraffic has odd values where they may stand.
func headerTraffic(c *clients, front string) {
	for i, value := range oddValues {
		client := c.raw(fmt.Sprintf("127.3.0.%d", i), front)
		cookie := strings.NewReplacer(";", "", ",", "", "long ", "", "\t", "").Replace(value)
		for _, header := range [][]string{
			{"User-Agent: " + value},
			{"Referer: " + value},
			{"User-Agent: " + value, "Referer: " + value, "X-Forwarded-For: " + value},
			{"X-Forwarded-For: 10.1.2.3, 10.4.5.6", "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("user:secret"))},
		} {
			q := query{location: "app", rest: "s200", header: header, user: fmt.Sprint("odd", i)}
			if strings.ContainsAny(value, "\x01\x1b\x7f") {
				q.location, q.rest = "static", "hello.txt" // Go's servers refuse them uncounted
			}
			if cookie != "-" && strings.TrimSpace(cookie) == cookie {
				q.cookie = cookie
			}
			client.do(q)
		}
		client.close()
	}
	client := c.raw("127.3.1.1", front)
	defer client.close()
	for _, user := range []string{"plain", "with space", "a] [b", `quo"te`, "päul", "-"} {
		client.do(query{location: "static", rest: "hello.txt", header: []string{"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":x"))}})
	}
	for _, rest := range []string{
		"caf\xc3\xa9", "caf%C3%A9", "a%0Ab%22", `quote"d`, `back\slash`, "%7Cescaped", "p|iped", "p|iped|200|17|", strings.Repeat("u", 8000), "[a]", "a:b,c",
		"..%2f", "x%20y", "\x80\xff", "{}", "<script>",
	} {
		client.do(query{location: "app", rest: rest, user: "odd\xc3\xa9" + fmt.Sprint(len(rest)), cookie: "c" + fmt.Sprint(len(rest))})
	}
	client.do(query{location: "app", rest: forgedRest, user: "forger"})
	client.do(query{location: "app", args: "name=a|b&other=\"q\"", user: "x|y"})
	client.do(query{location: "app", header: []string{"User-Agent:", "Referer: ", "Empty:"}})
}

// staticTraffic are requests that no server sees.
func staticTraffic(c *clients, front string) {
	client := c.raw("127.5.0.1", front)
	hello := query{location: "static", rest: "hello.txt", user: "static", cookie: "static"}
	with := func(method string, header ...string) query {
		q := hello
		q.method, q.header = method, header
		return q
	}
	for _, q := range []query{
		hello, with("HEAD"), with("GET", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"), with("GET", "Range: bytes=1-3"),
		with("GET", "Range: bytes=1-2,4-5"), with("GET", "Range: bytes=900-"), with("DELETE"),
		{location: "static", rest: "missing.txt"}, {location: "static", rest: "directory/"}, {location: "static", rest: "directory"},
		{method: "HEAD", location: "static", rest: "missing.txt"}, {method: "PURGE", location: "static", rest: "hello.txt"},
		{location: "204"}, {method: "POST", location: "204", body: "some"}, {location: "301"}, {location: "elsewhere"}, {method: "M-SEARCH", location: "204"},
		{location: "protected", rest: "hello.txt"}, {location: "limited", user: "limited"}, {location: "limited", user: "limited"},
	} {
		client.do(q)
	}
	client.doAll(hello, hello, with("HEAD"), query{location: "app", rest: "chunked"}, hello)
	client.close()
	for _, q := range []query{
		with("GET", "If-Match: \"other\""), // after which nginx hangs up, whatever it says
		with("POST"), with("TRACE"), {location: "444", status: 444}, {method: "POST", location: "app", header: []string{"Content-Length: 5000000"}},
		{location: "static", rest: "hello.txt", version: "1.0"}, {location: "app", rest: "chunked", version: "1.0"}, {location: "app", rest: "big", version: "1.0"},
	} {
		q.header = append(q.header, "Connection: close")
		client := c.raw("127.5.0.2", front)
		client.last(q, "")
		client.close()
	}
	// The same file by its absolute address.
	client = c.raw("127.5.0.3", front)
	defer client.close()
	e := client.begin(client.address, hello)
	e.line = "GET http://front.test" + e.target() + " HTTP/1.1"
	client.send(e.text())
	client.receive(e)
}

// upstreamTraffic passes through nginx to servers that do all there is to do.
func upstreamTraffic(c *clients, b *backends, front string) {
	client := c.raw("127.6.0.1", front)
	defer client.close()
	rests := []string{"s200", "s204", "s304", "s404", "s500", "s503", "chunked", "big", "bare", "s201", "s418", "s599"}
	for _, location := range []string{"app", "app11", "early", "unix", "six", "flaky", "abrupt", "stale"} {
		for i, rest := range rests {
			q := query{location: location, rest: rest, user: fmt.Sprint("u", i), cookie: fmt.Sprint("k", i)}
			client.do(q)
			q.method = "HEAD"
			client.do(q)
			q.method, q.body = "POST", strings.Repeat("body ", i*i*20)
			client.do(q)
			q.method = []string{"PATCH", "OPTIONS", "LOCK", "PUT"}[i%4]
			client.do(q)
		}
	}
	for range 3 {
		client.do(query{location: "hanging", user: "patient"})
		client.do(query{method: "POST", location: "hanging", body: "not twice"})
	}
	client.do(query{location: "stuck", user: "patient"})
	for range 3 {
		client.do(query{location: "empty", user: "nobody"})
		client.do(query{location: "thin", user: "nobody"})
		client.do(query{method: "HEAD", location: "thin", user: "nobody"})
	}
	client.do(query{location: "nowhere", user: "nobody"})
	for range 4 {
		client.do(query{location: "cached", rest: "s200", args: "name=one", user: "fast"})
		client.do(query{location: "cached", rest: "big", args: "name=two", user: "fast"})
		client.do(query{method: "HEAD", location: "cached", rest: "s200", args: "name=one"})
		client.do(query{location: "cached", rest: "s404", args: "name=three"})
	}
	client.do(query{location: "cached", rest: "s200", args: "name=one&anew=1"})
	client.do(query{location: "asked", rest: "s200", user: "asked"})
	client.do(query{method: "PUT", location: "app", body: "expected", header: []string{"Expect: 100-continue"}})
	other := c.raw("127.6.0.2", front)
	other.do(query{location: "upgrade", user: "socket", header: []string{"Upgrade: words", "Connection: Upgrade"}})
	other.close()
	for i := range 12 {
		impatient := c.raw(fmt.Sprintf("127.6.1.%d", i), front)
		q := query{location: "slow", user: fmt.Sprint("gone", i), cookie: "gone"}
		if i%3 == 0 {
			q.method = "HEAD"
		}
		impatient.abort(b, q)
	}
}

// redirectTraffic makes nginx go on with another location.
func redirectTraffic(c *clients, front string) {
	for i := range 30 {
		client := c.raw(fmt.Sprintf("127.7.0.%d", i), front)
		q := query{user: fmt.Sprint("visitor", i), cookie: fmt.Sprint("cookie", i)}
		for _, location := range []string{
			"late-redirect", "early-redirect", "retried-redirect", "named-redirect", "cached-redirect", "empty-redirect", "nowhere-redirect",
		} {
			q.location = location
			q.rest = "s502"
			if i%3 == 0 {
				q.rest = "s503"
			}
			q.moved = location != "named-redirect"
			q.early = location == "early-redirect"
			q.method, q.body = "GET", ""
			switch i % 5 {
			case 1:
				q.method = "HEAD"
			case 2:
				q.method, q.body = "POST", "a body"
			}
			client.do(q)
		}
		q.location, q.moved, q.early = "accel", true, false
		for _, q.rest = range []string{"static", "missing", "proxied"} {
			client.do(q)
		}
		client.close()
	}
}

// bulkTraffic are many visitors with kept connections, at once.
func bulkTraffic(c *clients, front string) {
	const atOnce, visitors, visits = 4, 48, 12
	agents := []string{"Mozilla/5.0 (X11; Linux x86_64)", `curl/8 "x"`, "Grüße/1.0", "a|b"}
	var group sync.WaitGroup
	for worker := range atOnce {
		group.Go(func() {
			for i := worker; i < visitors; i += atOnce {
				client := c.web(fmt.Sprintf("127.8.0.%d", i+1), front)
				for visit := range visits {
					q := query{
						location: []string{"app", "static", "cached", "early", "flaky", "late-redirect"}[visit%6],
						rest:     []string{"s200", "hello.txt", "s200", "chunked", "s502", "s500"}[visit%6],
						user:     fmt.Sprint("bulk", i), cookie: fmt.Sprint("bulk", i*visits+visit),
						header: []string{"User-Agent: " + agents[i%len(agents)]},
						moved:  visit%6 == 5,
					}
					if q.location == "cached" {
						q.args = fmt.Sprint("name=bulk", i%5)
					}
					client.do(q)
				}
				client.close()
			}
		})
	}
	group.Wait()
}
