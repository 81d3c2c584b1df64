package aggregator

import (
	"strings"
	"testing"
)

func templateOf(target string) string {
	path, _ := template([]byte(target), nil)
	return string(path)
}

func TestPathTemplates(t *testing.T) {
	for _, test := range []struct{ target, want string }{
		{"/", "/"},
		{"", ""},
		{"*", "*"},
		{"example.com:443", "example.com:443"}, // CONNECT
		{"/index.html?q=1", "/index.html"},
		{"/a?b/c", "/a"},
		{"/a;jsessionid=1/b;v=2?x", "/a/b"},
		{"/a;x", "/a"},
		{"http://example.com/a/b?c", "/a/b"},
		{"http://example.com", "/"},
		{"http://example.com?a/b", "/"},
		{"/redirect?to=http://example.com/x", "/redirect"},
		{"/a/http://example.com/x", "/a/http://example.com/x"},
		{"/api/v1/users/12/orders", "/api/v1/users/:id/orders"},
		{"/0", "/:id"},
		{"/12a", "/12a"},
		{"/123e4567-e89b-12d3-a456-426614174000", "/:uuid"},
		{"/abcdefab-abcd-abcd-abcd-abcdefabcdef", "/:uuid"},
		{"/123e4567-e89b-12d3-a456-42661417400", "/:token"}, // one short of a UUID
		{"/123e4567e-89b-12d3-a456-426614174000", "/:token"},
		{"/deadbeef", "/deadbeef"}, // no decimal digit
		{"/deadbee1", "/:hex"},
		{"/DEADBEE1", "/:hex"},
		{"/adbee1", "/adbee1"}, // too short
		{"/12345678", "/:id"},
		{"/dGhpcyBpcyBhIHRva2Vu1234", "/:token"},
		{"/dGhpcyBpcyBhIHRva2VuABC", "/dGhpcyBpcyBhIHRva2VuABC"},   // no 4 digits
		{"/2026-11-25-11-22-33-4444", "/2026-11-25-11-22-33-4444"}, // no letters
		{"/app.3f2a9c1b.js", "/app.3f2a9c1b.js"},
		{"/1/2/3/4/5/6/7/8", "/:id/:id/:id/:id/:id/:id/:id/:id"},
		{"/1/2/3/4/5/6/7/8/9/10", "/:id/:id/:id/:id/:id/:id/:id/:id/…"},
		{"/a/b/", "/a/b/"},
		{"//a//b", "//a//b"},
		{"/\xff\xfe", "/\xff\xfe"},
	} {
		if got := templateOf(test.target); got != test.want {
			t.Errorf("template of %q is %q; want %q", test.target, got, test.want)
		}
	}
}

// TestTemplatesOfTemplates checks that a template is its own template, so that
// merging reports of reports would change nothing.
func TestTemplatesOfTemplates(t *testing.T) {
	for _, path := range []string{"/a/:id/b", "/:uuid", "/x/:hex", "/:token", strings.Repeat("/s", 8) + "/…"} {
		if got := templateOf(path); got != path {
			t.Errorf("template of the template %q is %q; want it unchanged", path, got)
		}
	}
}
