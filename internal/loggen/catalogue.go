package loggen

import "strings"

// backing is what answers requests for a path.
type backing uint8

const (
	static    backing = iota // a file
	proxied                  // an upstream
	cached                   // an upstream behind nginx's cache
	websocket                // an upstream that switches protocols
)

// target is a kind of request target.
type target struct {
	// pattern is the target with {id}, {uuid}, {hex}, {HEX}, {token}, {n} and
	// {word} in place of what differs from request to request.
	pattern string

	// template is the path template that such targets must be reported under.
	template string

	backing  backing
	typical  int64 // milliseconds
	modifies bool  // requests are mostly POST, PUT, PATCH and DELETE
}

// targets returns the kinds of targets, the more popular ones first.
func targets() []target {
	list := []target{
		{"/", "/", static, 2, false},
		{"/api/v1/users/{id}", "/api/v1/users/:id", proxied, 20, false},
		{"/static/app.3f2a9c1b.js", "/static/app.3f2a9c1b.js", static, 1, false},
		{"/api/v1/users/{id}/orders?page={n}&per_page=50", "/api/v1/users/:id/orders", proxied, 45, false},
		{"/media/{hex}/thumb.jpg", "/media/:hex/thumb.jpg", cached, 12, false},
		{"/api/v1/orders/{uuid}", "/api/v1/orders/:uuid", proxied, 30, true},
		{"/search?q={word}&lang=en", "/search", proxied, 180, false},
		{"/login", "/login", proxied, 90, true},
		{"/api/v2/sessions/{token}", "/api/v2/sessions/:token", proxied, 8, false},
		{"/favicon.ico", "/favicon.ico", static, 1, false},
		{"/shop/cart;jsessionid={HEX}", "/shop/cart", proxied, 60, false},
		{"/graphql", "/graphql", proxied, 120, true},
		{"/shop;lang=de/items/{id};ref=a?b=c", "/shop/items/:id", cached, 40, false},
		{"http://www.example.org/news/{id}?utm_source=x", "/news/:id", cached, 25, false},
		{"/ws", "/ws", websocket, 30_000, false},
		{"/?page={n}", "/", proxied, 15, false},
		{"/files/2024/05/eu/west/logs/app/{id}/part/{id}", "/files/:id/:id/eu/west/logs/app/:id/…", proxied, 35, false},
		{"/docs/guide/getting-started-with-v123", "/docs/guide/getting-started-with-v123", static, 2, false},
		{"/über/straße/{id}", "/über/straße/:id", proxied, 22, false},
		{`/say/"hello"/back\slash`, `/say/"hello"/back\slash`, proxied, 10, false},
		{"/caf%C3%A9/menu?q=%22{word}%22", "/caf%C3%A9/menu", static, 1, false},
		{"/deadbeef/menu", "/deadbeef/menu", static, 1, false},
		{"/api/v1/reports/2024-05-01", "/api/v1/reports/2024-05-01", proxied, 400, false},
		{"/one/two/three/four/five/six/seven/eight", "/one/two/three/four/five/six/seven/eight", static, 1, false},
		{"/one/two/three/four/five/six/seven/eight/nine;p?q", "/one/two/three/four/five/six/seven/eight/…", static, 1, false},
		{"/v1/objects/{HEX}", "/v1/objects/:hex", cached, 18, true},
		{"http://www.example.org", "/", static, 1, false},
		{"/dav/{uuid}/notes", "/dav/:uuid/notes", proxied, 14, true},
		{"/events/stream?last={token}", "/events/stream", proxied, 2_000, false},
		{"/日本語/{token}/q?x=/a/b", "/日本語/:token/q", proxied, 28, false},
		{"/wp-login.php", "/wp-login.php", static, 1, true},
		{"/robots.txt", "/robots.txt", static, 1, false},
	}
	// A long tail of pages, so that a list of the first N leaves some out.
	for _, section := range strings.Fields("garden kitchen office travel music books sports toys shoes lamps audio video") {
		for _, leaf := range strings.Fields("index.html new sale tags/red tags/blue archive/2023 archive/2024 feed.xml") {
			path := "/catalog/" + section + "/" + leaf
			template := path
			if strings.Contains(leaf, "/2") {
				template = "/catalog/" + section + "/archive/:id"
			}
			list = append(list, target{path, template, cached, 9, false})
		}
	}
	return list
}

// piece is a part of a pattern: literal text, already escaped, and then what
// differs from request to request.
type piece struct {
	literal string
	blank   blank
}

// blank is a part of a target that differs from request to request.
type blank uint8

const (
	noBlank blank = iota
	idBlank
	uuidBlank
	hexBlank
	upperHexBlank
	tokenBlank
	numberBlank
	wordBlank
)

// compile cuts a pattern into pieces.
func compile(pattern string, f Format) (pieces []piece) {
	blanks := map[string]blank{
		"id": idBlank, "uuid": uuidBlank, "hex": hexBlank, "HEX": upperHexBlank,
		"token": tokenBlank, "n": numberBlank, "word": wordBlank,
	}
	for pattern != "" {
		literal, rest, found := strings.Cut(pattern, "{")
		next := piece{literal: string(appendEscaped(nil, f, literal))}
		if found {
			name, after, _ := strings.Cut(rest, "}")
			next.blank, rest = blanks[name], after
		}
		pieces = append(pieces, next)
		pattern = rest
	}
	return pieces
}

// appendPieces appends a target. What it fills in needs no escaping.
func (r *random) appendPieces(dst []byte, pieces []piece) []byte {
	for i := range pieces {
		dst = append(dst, pieces[i].literal...)
		if pieces[i].blank != noBlank {
			dst = r.appendBlank(dst, pieces[i].blank)
		}
	}
	return dst
}

const (
	lowerDigits = "0123456789abcdef"
	upperDigits = "0123456789ABCDEF"
	tokenDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

func (r *random) appendBlank(dst []byte, b blank) []byte {
	switch b {
	case idBlank:
		number := r.Uint64()
		for n := 1 + number>>60&7; n > 0; n-- {
			dst = append(dst, byte('0'+number%10))
			number /= 10
		}
	case uuidBlank:
		dst = r.appendDigits(dst, lowerDigits, 8)
		for _, n := range [...]int{4, 4, 4, 12} {
			dst = append(dst, '-')
			dst = r.appendDigits(dst, lowerDigits, n)
		}
	case hexBlank: // a letter and a digit first: it must be neither ":id" nor a word
		dst = append(dst, "b4"...)
		dst = r.appendDigits(dst, lowerDigits, 6<<r.below(4))
	case upperHexBlank:
		dst = append(dst, "D7"...)
		dst = r.appendDigits(dst, upperDigits, 38)
	case tokenBlank: // no hexadecimal number, and four digits for sure
		dst = append(dst, "xK1-2_34"...)
		dst = r.appendDigits(dst, tokenDigits, 14+r.below(16))
	case numberBlank:
		dst = append(dst, byte('1'+r.below(9)))
	case wordBlank:
		dst = append(dst, words[r.below(len(words))]...)
	}
	return dst
}

// words are searched for.
var words = [...]string{"lamp", "red+shoes", "caf%C3%A9", "a%26b", "%3Cscript%3E", "2024", "x;y", "a/b"}

// appendDigits appends n random digits of an alphabet of 16 or 64 characters.
func (r *random) appendDigits(dst []byte, alphabet string, n int) []byte {
	mask := uint64(len(alphabet) - 1)
	var bits uint64
	for i := range n {
		if i%10 == 0 {
			bits = r.Uint64()
		}
		dst = append(dst, alphabet[bits&mask])
		bits >>= 6
	}
	return dst
}
