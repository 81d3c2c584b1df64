package tailer

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestSyslogMessage(t *testing.T) {
	for _, test := range []struct{ datagram, want string }{
		{"<190>Nov 25 10:15:00 web1 nginx: GET /", "GET /"},
		{"<190>Nov 25 10:15:00 nginx: GET /", "GET /"},
		{"<190>Nov  5 10:15:00 web1.example.com my_tag2: GET /", "GET /"},
		{"<0>Nov 25 10:15:00 _: x", "x"},
		{"<191>Nov 25 10:15:00 web1 nginx: ", ""},
		{"<190>Nov 25 10:15:00 nginx: web1 nginx: x", "web1 nginx: x"},
		{"<190>Nov 25 10:15:00 web1 nginx: a: b: c", "a: b: c"},
		{"<190>Nov 25 10:15:00 ::1 nginx: x", "x"},
		{"<190>Nov 25 10:15:00  nginx: x", "x"}, // a host without a name
		{"<190>Nov 25 10:15:00 web1 nginx: <190>Nov 25 10:15:00 web1 nginx: x", "<190>Nov 25 10:15:00 web1 nginx: x"},
		{"<190>Nov 25 10:15:00 web1 nginx: \x00\xff\na\n", "\x00\xff\na\n"},
	} {
		if got := syslogMessage([]byte(test.datagram)); string(got) != test.want {
			t.Errorf("%q: got %q, want %q", test.datagram, got, test.want)
		}
	}
	const header = "<190>Nov 25 10:15:00 web1 nginx: "
	whole := []string{"", "x", "<", "<>", "<>Nov 25 10:15:00 web1 nginx: x", "<192>Nov 25 10:15:00 web1 nginx: x",
		"<1900>Nov 25 10:15:00 web1 nginx: x", "<1a>Nov 25 10:15:00 web1 nginx: x", "<190> Nov 25 10:15:00 web1 nginx: x",
		"<190>nov 25 10:15:00 web1 nginx: x", "<190>Nov 25 10-15-00 web1 nginx: x", "<190>1 2026-11-25T10:15:00Z web1 nginx - - - x",
		"<190>Nov 25 10:15:00 web1 ngi-nx: x", "<190>Nov 25 10:15:00 web1 nginx:x", "<190>Nov 25 10:15:00 web1 : x",
		"<190>Nov 25 10:15:00 web1  nginx: x", "<190>Nov 25 10:15:00 we\nb nginx: x", "<190>Nov 25 10:15:00 web1 a nginx: x",
		"127.0.0.1 - - [25/Nov/2026:10:15:00 +0000] \"GET / HTTP/1.1\" 200", `{"a": "b: c"}`}
	for size := range len(header) {
		whole = append(whole, header[:size])
	}
	for _, datagram := range whole {
		if got := syslogMessage([]byte(datagram)); string(got) != datagram {
			t.Errorf("%q: got %q, want all of it", datagram, got)
		}
	}
}

func FuzzSyslogMessage(f *testing.F) {
	f.Add([]byte("<190>Nov 25 10:15:00 web1 nginx: GET /"), "web1", "nginx", 190)
	f.Add([]byte("<190>Nov 25 10:15:00 nginx: a: b"), "", "tag_1", 0)
	f.Add([]byte("<190>Nov 25 10:15:00 "), "a:b", "n", 7)
	f.Add([]byte("\x00: : "), "::1", "_", 191)
	f.Fuzz(func(t *testing.T, data []byte, host, tag string, priority int) {
		message := syslogMessage(data)
		if !bytes.HasSuffix(data, message) {
			t.Fatalf("%q: got %q, which it does not end with", data, message)
		}
		if len(message) < len(data) && !bytes.HasSuffix(data[:len(data)-len(message)], []byte(": ")) {
			t.Fatalf("%q: got %q, which no tag comes before", data, message)
		}

		// Whatever data is, behind a header it is the message.
		valid := strings.Trim(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
		if tag == "" || !valid || priority < 0 || priority > 191 || !isHost(host) {
			return
		}
		with := fmt.Appendf(nil, "<%d>Nov  5 10:15:00 %s %s: %s", priority, host, tag, data)
		if got := syslogMessage(with); !bytes.Equal(got, data) {
			t.Fatalf("%q: got %q, want %q", with, got, data)
		}
		without := fmt.Appendf(nil, "<%d>Nov 25 10:15:00 %s: %s", priority, tag, data)
		if got := syslogMessage(without); !bytes.Equal(got, data) {
			t.Fatalf("%q: got %q, want %q", without, got, data)
		}
	})
}

// isHost leaves out what would be a tag.
func isHost(text string) bool {
	return !strings.HasSuffix(text, ":") && !strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c == 0x7f })
}
