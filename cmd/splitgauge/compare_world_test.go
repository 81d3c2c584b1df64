package main

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/splitclients"
)

// worldFormat is what the logs of a world look like.
const worldFormat = `$remote_addr [$msec] "$request" $status $body_bytes_sent $request_time "$upstream_addr" "$variant"`

const worldSplit = `split_clients "${remote_addr}AAA" $variant { 5% .one; 20% .two; * ""; }`

// A world is traffic that never was: clients whom a real split assigns, with uneven
// activity, and of whom a few fail much more often than the others.
type world struct {
	clients  int
	requests float64 // per client, in the middle
	errors   float64 // per request
	seed     uint64

	fail     map[string]float64 // how many more requests of a variant fail
	slow     map[string]float64 // how much longer requests of a variant take, as a ratio
	lose     map[string]float64 // which share of a variant's clients is not in the log
	assigned string             // the split that nginx had, if not worldSplit
}

// log returns the lines of the world.
func (w world) log(t testing.TB) []byte {
	t.Helper()
	if w.assigned == "" {
		w.assigned = worldSplit
	}
	split, err := splitclients.Parse(w.assigned, splitclients.RuleNewest)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(w.seed, 7))
	var log bytes.Buffer
	for client := range w.clients {
		address := fmt.Sprintf("10.%d.%d.%d", w.seed, client>>8, client&255)
		variant := split.Table.Variant(fmt.Appendf(nil, "%sAAA", address))
		lost := random.Float64() < w.lose[variant]
		failing := w.errors
		if random.IntN(20) == 0 {
			failing = min(0.9, 20*failing)
		}
		slowness := math.Exp(0.5 * random.NormFloat64())
		for range 1 + int(w.requests*math.Exp(random.NormFloat64())) {
			status, second := 200, 1764064800+random.IntN(6*3600)
			if random.Float64() < failing+w.fail[variant] {
				status = 502
			}
			took := 0.08 * slowness * math.Exp(random.NormFloat64())
			if factor := w.slow[variant]; factor > 0 {
				took *= factor
			}
			server := random.IntN(2)
			if !lost {
				fmt.Fprintf(&log, "%s [%d.000] \"GET /%d HTTP/1.1\" %d %d %.3f \"10.9.0.%d:80\" \"%s\"\n",
					address, second, client%7, status, 100+random.IntN(5000), took, server, escapedByNginx(variant))
			}
		}
	}
	return log.Bytes()
}

// escapedByNginx returns a value as log_format writes it.
func escapedByNginx(value string) string {
	var b strings.Builder
	for _, c := range []byte(value) {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			fmt.Fprintf(&b, "\\x%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// compare runs compare over the world, with the split that wrote it unless the
// arguments have another.
func (w world) compare(t *testing.T, arguments ...string) result {
	t.Helper()
	return compareLog(t, w.log(t), append([]string{"--split", worldSplit}, arguments...)...)
}

// compareLog runs compare over a log of worldFormat.
func compareLog(t *testing.T, log []byte, arguments ...string) result {
	t.Helper()
	return run(t, bytes.NewReader(log), append(append([]string{"compare", "--format", worldFormat}, arguments...), "-")...)
}
