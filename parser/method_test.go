package parser

import "testing"

func TestSplitRequest(t *testing.T) {
	const none = "(nil)"
	tests := []struct {
		request string
		method  Method
		target  string
	}{
		{"GET / HTTP/1.1", MethodGet, "/"},
		{"HEAD /a?b=c HTTP/1.0", MethodHead, "/a?b=c"},
		{"POST /a HTTP/2.0", MethodPost, "/a"},
		{"PUT /a HTTP/3.0", MethodPut, "/a"},
		{"PATCH /a HTTP/3", MethodPatch, "/a"},
		{"DELETE /a HTTP/1.10", MethodDelete, "/a"},
		{"OPTIONS * HTTP/1.1", MethodOptions, "*"},
		{"CONNECT example.org:443 HTTP/1.1", MethodConnect, "example.org:443"},
		{"TRACE http://example.org/a HTTP/1.1", MethodTrace, "http://example.org/a"},
		{"PRI * HTTP/2.0", OtherMethod, "*"},
		{"PROPFIND /dav HTTP/1.1", OtherMethod, "/dav"},
		{"M-SEARCH * HTTP/1.1", OtherMethod, "*"},
		{"VERSION_CONTROL /a HTTP/1.1", OtherMethod, "/a"},
		{"GETS / HTTP/1.1", OtherMethod, "/"},
		{"GE / HTTP/1.1", OtherMethod, "/"},
		// Spaces in the target, and no protocol.
		{"GET /a b c HTTP/1.1", MethodGet, "/a b c"},
		{"GET /a HTTP/1.1 HTTP/1.1", MethodGet, "/a HTTP/1.1"},
		{"GET /a HTTP/1.1 ", MethodGet, "/a HTTP/1.1 "},
		{"GET /", MethodGet, "/"},
		{"GET /a b", MethodGet, "/a b"},
		{"GET /HTTP/1.1", MethodGet, "/HTTP/1.1"},
		{"GET /a http/1.1", MethodGet, "/a http/1.1"},
		{"GET  HTTP/1.1", MethodGet, none},
		{"GET ", MethodGet, none},
		// No request line that can be read.
		{"", NoMethod, none},
		{"-", NoMethod, none},
		{"GET", NoMethod, none},
		{" / HTTP/1.1", NoMethod, none},
		{"get / HTTP/1.1", NoMethod, none},
		{"Get / HTTP/1.1", NoMethod, none},
		{"G3T / HTTP/1.1", NoMethod, none},
		{"GET\t/ HTTP/1.1", NoMethod, none},
		{`\x16\x03\x01\x02\x00\x01 \x00`, NoMethod, none},
		{`]&\xDF\xBDV\xE7 \xBB`, NoMethod, none},
		{"\x16\x03\x01 \xff", NoMethod, none},
	}
	for _, tt := range tests {
		method, target := splitRequest([]byte(tt.request))
		got := none
		if target != nil {
			got = string(target)
		}
		if method != tt.method || got != tt.target {
			t.Errorf("splitRequest(%q) = %v %q, want %v %q", tt.request, method, got, tt.method, tt.target)
		}
	}
}

func TestMethodOf(t *testing.T) {
	for word, want := range map[string]Method{
		"": NoMethod, "GET": MethodGet, "HEAD": MethodHead, "POST": MethodPost, "PUT": MethodPut, "DELETE": MethodDelete,
		"CONNECT": MethodConnect, "OPTIONS": MethodOptions, "TRACE": MethodTrace, "PATCH": MethodPatch,
		"MKCOL": OtherMethod, "_": OtherMethod, "GET ": NoMethod, "get": NoMethod, "GÉT": NoMethod, "other": NoMethod,
	} {
		if got := methodOf([]byte(word)); got != want {
			t.Errorf("methodOf(%q) = %v, want %v", word, got, want)
		}
	}
}

func TestMethodNames(t *testing.T) {
	seen := make(map[string]bool)
	for m := range Methods {
		name := m.String()
		if seen[name] || name == "" {
			t.Errorf("method %d is called %q, as another one", m, name)
		}
		seen[name] = true
		if got, ok := ParseMethod(name); got != m || !ok {
			t.Errorf("ParseMethod(%q) = %v, %t, want %v, true", name, got, ok, m)
		}
	}
	for _, name := range []string{"", "get", "OTHER", "PROPFIND"} {
		if got, ok := ParseMethod(name); got != NoMethod || ok {
			t.Errorf("ParseMethod(%q) = %v, %t, want %v, false", name, got, ok, NoMethod)
		}
	}
}
