package proxy

import (
	"fmt"
	"net/http"
	"strings"
)

// httpRefusal is the whole response to a request that goes nowhere. Its text is
// ours alone: nothing that the client sent is in it.
func httpRefusal(reason Reason, method, id, explanation string) []byte {
	status := reason.Status()
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	body := fmt.Sprintf("%s\n\n%s\nReason: %s. Connection: %s.\n", title, explanation, reason, id)
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %s\r\n", title)
	fmt.Fprintf(&b, "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n", len(body))
	b.WriteString("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n")
	if status == http.StatusServiceUnavailable {
		b.WriteString("Retry-After: 1\r\n")
	}
	b.WriteString("\r\n")
	if method != http.MethodHead {
		b.WriteString(body)
	}
	return []byte(b.String())
}
