package balance_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/internal/nginxtest"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

// nginxPool is an upstream block that a running nginx is compared on.
type nginxPool struct {
	policy  string
	method  string // nginx's directive
	weights []int
	down    int // index of the server that is marked down; -1: none
	dead    int // index of the server that refuses connections; -1: none
}

var nginxPools = []nginxPool{
	{"smooth_weighted_round_robin", "", []int{5, 1, 1, 1}, -1, -1},
	{"smooth_weighted_round_robin", "", []int{7, 3, 2, 5}, 1, -1},
	{"smooth_weighted_round_robin", "", []int{7, 3, 2, 5}, -1, 2},
	{"source_hash", "hash $arg_k;", []int{1, 1, 1, 1}, -1, -1},
	{"source_hash", "hash $arg_k;", []int{3000, 500, 1200, 90}, -1, -1},
	{"source_hash", "hash $arg_k;", []int{3, 5, 1, 2}, 1, -1},
	{"source_hash", "hash $arg_k;", []int{30, 5, 1, 2}, 0, -1},
	{"source_hash", "hash $arg_k;", []int{3, 5, 1, 2}, 0, 1},
	{"consistent_hash", "hash $arg_k consistent;", []int{1, 1, 1, 1}, -1, -1},
	{"consistent_hash", "hash $arg_k consistent;", []int{3, 1, 8, 2}, -1, -1},
	{"consistent_hash", "hash $arg_k consistent;", []int{3, 1, 8, 2}, 2, -1},
	{"consistent_hash", "hash $arg_k consistent;", []int{3, 1, 40, 2}, 1, 2},
}

const nginxServers = 4

// address returns the address of a pool's server: the dead one is the last of
// nginx's, where nobody listens.
func (p *nginxPool) address(addresses []string, server int) string {
	if server == p.dead {
		return addresses[len(addresses)-1]
	}
	return addresses[1+server]
}

// nginxConfiguration is of a front with all pools, and of servers behind it
// that say who they are.
func nginxConfiguration(addresses []string) string {
	var b strings.Builder
	front := fmt.Sprintf("server { listen %s;\n", addresses[0])
	for i := range nginxPools {
		p := &nginxPools[i]
		fmt.Fprintf(&b, "upstream pool%d { %s\n", i, p.method)
		for server, weight := range p.weights {
			down := ""
			if server == p.down {
				down = " down"
			}
			fmt.Fprintf(&b, "server %s weight=%d max_fails=0%s;\n", p.address(addresses, server), weight, down)
		}
		b.WriteString("}\n")
		front += fmt.Sprintf("location /%d { proxy_pass http://pool%d; }\n", i, i)
	}
	for _, address := range addresses[1 : 1+nginxServers] {
		fmt.Fprintf(&b, "server { listen %s; location / { return 200 %q; } }\n", address, address)
	}
	return b.String() + front + "}\n"
}

// TestAgainstNginx holds choices against those of the nginx that is installed,
// connection by connection: with all servers, with one marked down and with one
// that refuses connections.
func TestAgainstNginx(t *testing.T) {
	const keys = 500
	server := nginxtest.Start(t, nginxtest.Config{Ports: 2 + nginxServers, HTTP: nginxConfiguration})
	random := seeded(3)
	total, different := 0, 0
	for i := range nginxPools {
		p := &nginxPools[i]
		pool := newPool(t, p.config(server.Addresses))
		if p.down >= 0 {
			if err := pool.SetState(p.address(server.Addresses, p.down), balance.Maint, beginning); err != nil {
				t.Fatal(err)
			}
		}
		for n := range keys {
			key := fmt.Sprintf("%d.%d.%d.%d", random.IntN(256), random.IntN(256), random.IntN(256), random.IntN(256))
			if n%2 == 1 {
				key = fmt.Sprintf("user-%x", random.Uint64()>>random.IntN(60))
			}
			if n%50 == 49 {
				key = "" // then nginx goes on with round robin
			}
			want := askNginx(t, fmt.Sprintf("http://%s/%d?k=%s", server.Addresses[0], i, key))
			got := p.pick(t, pool, server.Addresses, key)
			total++
			if got != want {
				if different++; different <= 10 {
					t.Errorf("pool %d (%s, %v), key %q: nginx says %q, we say %q", i, p.policy, p.weights, key, want, got)
				}
			}
		}
	}
	t.Logf("nginx %s: %d connections of %d pools, %d differences", server.Version, total, len(nginxPools), different)
}

func (p *nginxPool) config(addresses []string) balance.Config {
	config := balance.Config{Policy: p.policy, Health: balance.Health{ConsecutiveFailures: -1}}
	for server, weight := range p.weights {
		config.Servers = append(config.Servers, balance.ServerConfig{Address: p.address(addresses, server), Weight: weight})
	}
	return config
}

// pick places a connection, and another one if that is to the dead server.
func (p *nginxPool) pick(t *testing.T, pool *balance.Pool, addresses []string, key string) string {
	q := balance.Query{Now: beginning, Source: []byte(key)}
	for {
		choice := place(t, pool, q)
		if p.dead < 0 || choice.Server().Address() != p.address(addresses, p.dead) {
			answer(&choice, beginning, 0)
			return choice.Server().Address()
		}
		choice.Failed(beginning, balance.Refused)
		q.Tried = append(q.Tried, choice.Server())
	}
}

func askNginx(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v", url, response.StatusCode, err)
	}
	return string(body)
}
