package agent

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/internal/nginxtest"
)

// siteSplit is the split of the nginx of these tests. The key is the client's
// address, which nginx is told by a header, as behind a load balancer.
const siteSplit = `split_clients "${remote_addr}AAA" $variant { 30% .good; 30% .bad; * ""; }`

// siteVariants are its values, and what the servers behind each are like: how much
// longer than the usual ones they take, and how many requests they fail.
var siteVariants = []struct {
	name, pool string
	slower     time.Duration // percent
	fails      string
}{
	{"", "usual", 0, "1%"},
	{".good", "good", 0, "1%"},
	{".bad", "bad", 30, "3%"},
}

// siteDelays are how long the usual servers take, by the first part of the path.
var siteDelays = []time.Duration{20 * time.Millisecond, 30 * time.Millisecond, 40 * time.Millisecond}

// siteSlow is longer than the usual servers take, and shorter than the bad ones
// take at most.
const siteSlow = 46 * time.Millisecond

// startSite starts an nginx whose split has three variants, each with a server of
// its own behind it. It logs to access.log, but to hammer.log what is asked of
// /hammer, which fails at once.
func startSite(t *testing.T) *nginxtest.Server {
	t.Helper()
	backends := startBackends(t)
	return nginxtest.Start(t, nginxtest.Config{HTTP: func(addresses []string) string {
		var pools bytes.Buffer
		for i, v := range siteVariants {
			fmt.Fprintf(&pools, "upstream %s { server %s; keepalive 300; }\n", v.pool, backends.Addresses[i])
		}
		return pools.String() + siteSplit + `
map $variant $pool { default usual; .good good; .bad bad; }
log_format split '$remote_addr [$msec] "$request" $status $body_bytes_sent $request_time '
    '"$upstream_addr" "$upstream_status" "$upstream_response_time" "$variant"';
set_real_ip_from 127.0.0.1;
real_ip_header X-Forwarded-For;
keepalive_requests 1000000;
server {
    listen ` + addresses[0] + `;
    access_log access.log split;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    add_header X-Variant "$variant" always;
    location / { proxy_pass http://$pool; }
    location /hammer { access_log hammer.log split; proxy_pass http://$pool; }
}`
	}})
}

// startBackends starts the servers of the variants. They take their time: nginx
// waits before it says that a password is wanted, and then answers all the same.
// Which requests fail is drawn from the client and the request.
func startBackends(t *testing.T) *nginxtest.Server {
	t.Helper()
	return nginxtest.Start(t, nginxtest.Config{Ports: len(siteVariants), HTTP: func(addresses []string) string {
		var b bytes.Buffer
		b.WriteString("keepalive_requests 1000000;\n")
		for i, v := range siteVariants {
			fmt.Fprintf(&b, `
split_clients "$http_x_forwarded_for $request_uri" $%[1]s_fails { %[2]s 1; * ""; }
server {
    listen %[3]s;
    auth_basic wait;
    auth_basic_user_file nobody;
    error_page 401 = @answer;
    location /hammer { auth_basic off; return 500; }
    location @answer {
        auth_basic off;
        if ($%[1]s_fails) { return 500; }
        return 200 "hello\n";
    }
`, v.pool, v.fails, addresses[i])
			for number, delay := range siteDelays {
				delay += delay * v.slower / 100
				fmt.Fprintf(&b, "    location /%d/ { auth_delay %dms; }\n", number, delay.Milliseconds())
			}
			b.WriteString("}\n")
		}
		return b.String()
	}})
}
