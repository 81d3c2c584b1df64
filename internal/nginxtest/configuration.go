package nginxtest

import (
	"net"
	"os"
	"strings"
)

// pidFile is relative to the prefix.
const pidFile = "nginx.pid"

// wholeConfiguration puts around what a test wants what every test needs.
// nginx's own defaults lie in directories of the machine: of them nothing is
// left.
func wholeConfiguration(http string) string {
	var b strings.Builder
	if os.Geteuid() == 0 {
		b.WriteString("user root;\n") // or workers could not enter the prefix
	}
	b.WriteString(`daemon off;
worker_processes 1;
pid ` + pidFile + `;
error_log error.log notice;
events {
    worker_connections 1024;
}
http {
    client_body_temp_path temp-body;
    proxy_temp_path temp-proxy;
    fastcgi_temp_path temp-fastcgi;
    uwsgi_temp_path temp-uwsgi;
    scgi_temp_path temp-scgi;
    access_log off;
`)
	b.WriteString(http)
	b.WriteString("\n}\n")
	return b.String()
}

// freeAddresses returns addresses on loopback that nobody listens on.
func freeAddresses(count int) (addresses []string, err error) {
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close() // all at once, so that no two are the same
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}
