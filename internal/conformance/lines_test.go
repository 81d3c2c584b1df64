package conformance

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/splitgauge/splitgauge/splitclients"
)

// logFormat is the log_format of all lines that this package writes itself.
const logFormat = `$remote_addr - - [$time_local] "$request" $status $body_bytes_sent rt="$request_time"` +
	` ua="$upstream_addr" us="$upstream_status" urt="$upstream_response_time" variant="$variant" msec=$msec`

// logSplit is the split that gives those lines their variants.
const logSplit = `split_clients "${remote_addr}AAA" $variant { 10% .one; 30% .two; * ""; }`

// requestKey is what the agent counts requests by.
type requestKey struct{ variant, method, status string }

// truth is what was written to a log, counted while writing.
//
// Each line has a large random number of bytes, so that sums which agree mean the
// same lines: a lost line and another one that was read twice do not cancel out.
// And each line belongs to a block of lines that share a path, by
// which the agent's report tells where lines are missing. In the reduced runs a
// block is one line.
type truth struct {
	lines        int64
	fileBytes    int64 // with line ends
	requests     map[requestKey]int64
	variantBytes map[string]int64 // sum of body_bytes_sent
	paths        map[string]int64
	clients      map[string]string // their variants, by address
}

func newTruth() *truth {
	return &truth{requests: map[requestKey]int64{}, variantBytes: map[string]int64{}, paths: map[string]int64{}, clients: map[string]string{}}
}

// generator makes lines, and counts them as they are made.
type generator struct {
	truth
	random *rand.Rand
	split  *splitclients.Split
	block  int64 // lines that share a path
	most   int64 // bytes of a line
	now    time.Time
}

// maxBlocks is how many paths a generator may use: fewer than the agent's bound,
// past which paths go to "other".
const maxBlocks = 9000

// maxSum is the largest sum that a metric can hold exactly, which is a float.
const maxSum = 1 << 53

// newGenerator returns a generator for at most so many lines.
func newGenerator(random *rand.Rand, lines int) (*generator, error) {
	split, err := splitclients.Parse(logSplit, splitclients.RuleNewest)
	if err != nil {
		return nil, err
	}
	return &generator{
		truth:  *newTruth(),
		random: random,
		split:  split,
		block:  int64(lines)/maxBlocks + 1,
		most:   min(1<<40, maxSum/int64(lines)),
		now:    time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC),
	}, nil
}

// draw returns one of choices; the first half as often as all others together.
func draw(random *rand.Rand, choices []string) string {
	if random.IntN(2) == 0 {
		return choices[0]
	}
	return choices[random.IntN(len(choices))]
}

// appendLine appends one line with its line end to text.
func (g *generator) appendLine(text []byte) []byte {
	status := draw(g.random, []string{"200", "201", "204", "301", "304", "404", "499", "500", "502", "503"})
	method := draw(g.random, []string{"GET", "POST", "PUT", "DELETE", "HEAD"})
	client := g.client()
	variant := g.split.Table.Variant(g.split.Key.Append(nil, func(int) []byte { return []byte(client) }))
	path := "/" + word(g.lines/g.block)
	bytes := g.random.Int64N(g.most)
	upstream := draw(g.random, []string{
		`ua="10.0.0.1:80" us="200" urt="0.012"`,
		`ua="10.0.0.2:80, 10.0.0.1:80" us="502, 200" urt="0.001, 0.030"`,
		`ua="-" us="-" urt="-"`,
		`ua="unix:/run/app.sock : 10.0.0.3:81" us="404 : 200" urt="0.001 : 0.002"`,
	})
	g.now = g.now.Add(time.Duration(g.random.IntN(3)) * time.Millisecond)
	start := len(text)
	text = fmt.Appendf(text, "%s - - [%s] \"%s %s?n=%d HTTP/1.1\" %s %d rt=\"%d.%03d\" %s variant=\"%s\" msec=%d.%03d\n",
		client, g.now.Format("02/Jan/2006:15:04:05 -0700"), method, path, g.lines,
		status, bytes, g.random.IntN(2), g.random.IntN(1000), upstream, variant, g.now.Unix(), g.now.UnixMilli()%1000)

	g.lines++
	g.fileBytes += int64(len(text) - start)
	g.requests[requestKey{variant, method, status}]++
	g.variantBytes[variant] += bytes
	g.paths[path]++
	g.clients[client] = variant
	return text
}

// client draws an address: some clients make many requests, most of them few.
func (g *generator) client() string {
	number := int(20_000 * g.random.Float64() * g.random.Float64() * g.random.Float64())
	return fmt.Sprintf("10.0.%d.%d", number>>8, number&255)
}

// word writes a number in letters, which stay what they are in a path template.
func word(number int64) string {
	text := []byte("p")
	for {
		text = append(text, byte('a'+number%26))
		if number /= 26; number == 0 {
			return string(text)
		}
	}
}
