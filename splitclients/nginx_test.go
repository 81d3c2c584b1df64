package splitclients

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/internal/nginxtest"
)

// blocksForNginx are what a running nginx is compared on. Their key is $key, and
// the variable is named by the test.
var blocksForNginx = []string{
	`{ 0.5% .one; 2.0% .two; * ""; }`,
	`{ 33.33% a; 33.33% b; 33.34% c; }`,
	`{ 50% a; 50% b; }`,
	`{ 10% 0; 10% 1; 10% 2; 10% 3; 10% 4; 10% 5; 10% 6; 10% 7; 10% 8; 10% 9; }`,
	`{ 99.99% a; * "rest of them"; }`,
	`{ 49.99% a; 50% b; }`,
	`{ 0.01% a; .5% b; 10.% c; 00.50% "d;e"; 1.1% a; }`,
	`{ 100% a; * b; }`,
	`{ * привет; }`,
}

// addressBlock is the one of nginx's documentation, with a key of a variable
// and text.
const addressBlock = `split_clients "${remote_addr}AAA" $documented { 0.5% .one; 2.0% .two; * ""; }`

// TestAgainstNginx holds every variant of every key against what the nginx that
// is installed answers.
func TestAgainstNginx(t *testing.T) {
	const leastKeys = 6000
	odd := oddKeys()
	server := nginxtest.Start(t, nginxtest.Config{HTTP: func(addresses []string) string {
		return configurationForKeys(addresses[0], odd)
	}})
	rule, err := RuleFor(server.Version)
	if err != nil {
		t.Fatal(err)
	}
	splits := make([]*Split, len(blocksForNginx))
	for i := range splits {
		if splits[i], err = Parse(blockForNginx(i), rule); err != nil {
			t.Fatal(err)
		}
	}
	documented, err := Parse(addressBlock, rule)
	if err != nil {
		t.Fatal(err)
	}

	client := dialNginx(t, server.Addresses[0])
	random := rand.New(rand.NewPCG(20261125, 1))
	keys, answers, mismatches := 0, 0, 0
	compare := func(path string, header, key, address []byte) {
		keys++
		got := client.ask(path, header, address)
		if !bytes.Equal(got.key, key) {
			t.Fatalf("nginx took the key for %q, want %q", got.key, key)
		}
		want := make([]string, 0, len(splits)+1)
		for _, split := range splits {
			want = append(want, split.Table.Variant(key))
		}
		text := documented.Key.Append(nil, func(int) []byte { return got.address })
		want = append(want, documented.Table.Variant(text))
		for i := range want {
			answers++
			if got.variants[i] != want[i] {
				if mismatches++; mismatches <= 10 {
					t.Errorf("split %d, key %q (hash %d), address %s: nginx says %q, want %q",
						i, key, Hash(key), got.address, got.variants[i], want[i])
				}
			}
		}
	}
	loopback := []byte("127.0.0.1")
	for _, key := range headerKeys(random, splits) {
		compare("/header", key, key, loopback)
	}
	compare("/header", nil, nil, loopback) // the variable is not set
	for range 1500 {
		address := randomAddress(random)
		compare("/header", address, address, address)
	}
	for range 1000 {
		key := randomBytes(random, 1+random.IntN(300), func(b byte) bool { return b != 0 && b != '/' })
		compare("/uri/"+percentEncode(key), nil, key, loopback)
	}
	for i, key := range odd {
		compare(fmt.Sprintf("/odd?i=%d", i), nil, key, loopback)
	}
	if keys < leastKeys {
		t.Errorf("%d keys, want at least %d", keys, leastKeys)
	}
	t.Logf("nginx %s, %v: %d keys, %d answers, %d mismatches", server.Version, rule, keys, answers, mismatches)
}

// blockForNginx returns a block as nginx and Parse get to read it.
func blockForNginx(i int) string {
	return fmt.Sprintf("split_clients $key $v%d %s", i, blocksForNginx[i])
}

// configurationForKeys makes nginx answer with the variants, the address and the
// key of a request. A key comes in a header; in the URI, where nginx undoes
// percent signs; or from the configuration, which may hold any byte.
func configurationForKeys(address string, odd [][]byte) string {
	var b strings.Builder
	answer := ""
	for i := range blocksForNginx {
		b.WriteString(blockForNginx(i) + "\n")
		answer += fmt.Sprintf("$v%d|", i)
	}
	b.WriteString(addressBlock + "\nmap $arg_i $odd {\n")
	for i, key := range odd {
		// writeWord writes line breaks as escapes; nginx reads them either way.
		fmt.Fprintf(&b, "%d \"%s\";\n", i, wordEscapes().Replace(string(key)))
	}
	fmt.Fprintf(&b, `}
server {
	listen %s;
	keepalive_requests 1000000;
	set_real_ip_from 127.0.0.1;
	real_ip_header X-Client;
	merge_slashes off;
	default_type application/octet-stream;
	location = /header { set $key $http_x_key; return 200 "%[2]s$documented|$remote_addr|$key"; }
	location = /odd { set $key $odd; return 200 "%[2]s$documented|$remote_addr|$key"; }
	location ~ "^/uri/(?<rest>(?s:.*))$" { set $key $rest; return 200 "%[2]s$documented|$remote_addr|$key"; }
}
`, address, answer)
	return b.String()
}

// headerKeys returns keys that a header can carry: addresses, cookies, text, any
// bytes, and for every threshold the keys on both of its sides.
func headerKeys(random *rand.Rand, splits []*Split) (keys [][]byte) {
	for i := range 256 {
		keys = append(keys, fmt.Appendf(nil, "10.0.%d.%d", i%4, i), fmt.Appendf(nil, "192.168.1.%dAAA", i))
	}
	for i := range 300 {
		keys = append(keys,
			fmt.Appendf(nil, "user-%d", i),
			fmt.Appendf(nil, "%08x-%04x-4%03x-%04x-%012x", random.Uint32(), random.IntN(1<<16), random.IntN(1<<12), random.IntN(1<<16), random.Uint64N(1<<48)),
			fmt.Appendf(nil, "uid=%X==; theme=\"dark\\mode\"; ab=%d%%", random.Uint64(), i),
			fmt.Appendf(nil, "Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0 $v0|${key}", i, i),
			[]byte(strings.Repeat("привет, 世界 🎈 é", 1+i%8)+fmt.Sprint(i)),
		)
	}
	for length := 1; length <= 300; length++ {
		for range 6 {
			keys = append(keys, randomHeader(random, length))
		}
	}
	for _, key := range []string{"u171226214", "u1200814881", "u2065594069", "u2183489474", "u306835943"} {
		keys = append(keys, []byte(key)) // those of the two rules
	}
	tables := make([]*Table, 0, 2*len(splits))
	for i, split := range splits {
		other := RuleFrom1312
		if split.Rule == other {
			other = RuleBefore1312
		}
		tables = append(tables, &split.Table)
		if second, err := Parse(blockForNginx(i), other); err == nil {
			tables = append(tables, &second.Table)
		}
	}
	for _, hash := range boundaries(tables...) {
		for range 3 {
			keys = append(keys, keyOfHash(hash, random, func(b byte) bool { return b > ' ' }))
		}
	}
	return keys
}

// oddKeys returns keys that no header and no URI carries: with NUL bytes, line
// breaks, blanks at the ends. nginx knows no escape for "$", so that it is
// missing.
func oddKeys() (keys [][]byte) {
	for _, key := range []string{"\x00", "\x00\x00\x00\x00", "\r\n", "a\x00b", " a", "a ", "  ", "\t", "a\nb\n", "\xff\x00\xfe", "/../", "a//b", `\`, `"`, `\"'`} {
		keys = append(keys, []byte(key))
	}
	random := rand.New(rand.NewPCG(3, 4))
	for length := 1; length <= 300; length++ {
		keys = append(keys, randomBytes(random, length, func(b byte) bool { return b != '$' }))
	}
	return keys
}

func randomBytes(random *rand.Rand, length int, usable func(byte) bool) []byte {
	key := make([]byte, 0, length)
	for len(key) < length {
		if b := byte(random.IntN(256)); usable(b) {
			key = append(key, b)
		}
	}
	return key
}

// randomHeader leaves out what ends a header, and blanks at its ends.
func randomHeader(random *rand.Rand, length int) []byte {
	for {
		key := randomBytes(random, length, func(b byte) bool { return b != 0 && b != '\r' && b != '\n' })
		if key[0] != ' ' && key[length-1] != ' ' {
			return key
		}
	}
}

// randomAddress returns an address as nginx writes it.
func randomAddress(random *rand.Rand) []byte {
	var address [16]byte
	for i := range address {
		address[i] = byte(random.IntN(256))
	}
	if random.IntN(3) > 0 {
		return []byte(netip.AddrFrom4([4]byte(address[:4])).String())
	}
	address[0], address[1] = 0x20, 0x01
	if random.IntN(2) == 0 { // zeros, which are written as "::"
		clear(address[4:14])
	}
	return []byte(netip.AddrFrom16(address).String())
}

// percentEncode writes every byte as an escape, so that nginx has to undo all.
func percentEncode(key []byte) string {
	var b strings.Builder
	for _, c := range key {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// nginxClient is one connection that stays open.
type nginxClient struct {
	t      *testing.T
	conn   net.Conn
	reader *bufio.Reader
}

func dialNginx(t *testing.T, address string) *nginxClient {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &nginxClient{t, conn, bufio.NewReader(conn)}
}

// answer is what nginx says about one request.
type answer struct {
	variants     []string // by split, the documented one last
	address, key []byte
}

// ask sends a request by hand: no client library lets such headers pass.
func (c *nginxClient) ask(path string, header, address []byte) answer {
	c.t.Helper()
	request := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: localhost\r\nX-Client: %s\r\n", path, address)
	if header != nil {
		request = fmt.Appendf(request, "X-Key: %s\r\n", header)
	}
	if _, err := c.conn.Write(append(request, "\r\n"...)); err != nil {
		c.t.Fatal(err)
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	fields := bytes.SplitN(body, []byte("|"), len(blocksForNginx)+3)
	if response.StatusCode != http.StatusOK || len(fields) != len(blocksForNginx)+3 {
		c.t.Fatalf("%s, header %q: status %d, body %q", path, header, response.StatusCode, body)
	}
	var a answer
	for _, variant := range fields[:len(fields)-2] {
		a.variants = append(a.variants, string(variant))
	}
	a.address, a.key = fields[len(fields)-2], fields[len(fields)-1]
	return a
}
