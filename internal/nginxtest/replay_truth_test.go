package nginxtest

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/splitclients"
)

// truth is what clients and servers counted, and what nginx's error.log adds:
// attempts at servers that were not there.
type truth struct {
	exchanges []*exchange
	attempts  map[int][]attempt // by number of the exchange
	noLive    map[int][]string  // groups without a server that could be picked
	notFound  map[int]bool      // a name could not be resolved
	splits    map[string]*splitclients.Split
}

var (
	numberPattern   = regexp.MustCompile(`request: "\S+ /[^/ ]+/(\d+)/`)
	upstreamPattern = regexp.MustCompile(`upstream: "http://(unix:[^:]+|[^/"]+)`)
)

// newTruth puts together what everybody counted. The servers must have ended.
func newTruth(t *testing.T, s *Server, c *clients, b *backends) *truth {
	t.Helper()
	tr := &truth{
		exchanges: c.exchanges, attempts: b.attempts,
		noLive: make(map[int][]string), notFound: make(map[int]bool), splits: make(map[string]*splitclients.Split),
	}
	rule, err := splitclients.RuleFor(s.Version)
	if err != nil {
		t.Fatal(err)
	}
	for _, split := range replaySplits {
		if tr.splits[split.name], err = splitclients.Parse(split.text, rule); err != nil {
			t.Fatal(err)
		}
	}
	log, err := os.ReadFile(s.ErrorLog)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(log)) {
		number := 0
		if match := numberPattern.FindStringSubmatch(line); match != nil {
			number, _ = strconv.Atoi(match[1])
		}
		where := ""
		if match := upstreamPattern.FindStringSubmatch(line); match != nil {
			where = match[1]
		}
		switch {
		case strings.Contains(line, "connect() failed"):
			tr.attempts[number] = append(tr.attempts[number], attempt{group: b.groups[where], server: where, status: "502"})
		case strings.Contains(line, "no live upstreams"):
			tr.noLive[number] = append(tr.noLive[number], where)
		case strings.Contains(line, "could not be resolved"):
			tr.notFound[number] = true
		case strings.Contains(line, "[alert]"), strings.Contains(line, "[crit]"), strings.Contains(line, "[emerg]"):
			t.Error("nginx is not well: ", line)
		}
	}
	for _, list := range []int{len(tr.attempts[0]), len(tr.noLive[0])} {
		if list > 0 {
			t.Errorf("attempts for nobody: %v %v", tr.attempts[0], tr.noLive[0])
		}
	}
	tr.checkShades(t)
	return tr
}

// variant returns the value that a split has for a value of its one variable.
func (tr *truth) variant(split, value string) string {
	s := tr.splits[split]
	return s.Table.Variant(s.Key.Append(nil, func(int) []byte { return []byte(value) }))
}

// keyOf returns what the key of a split is made of, as far as it is known when
// the line is logged, and the variant that is logged.
func (tr *truth) keyOf(split string, e *exchange) (key, variant string) {
	switch split {
	case "variant":
		key = e.client
	case "plan":
		key = e.cookie
	case "shade":
		key = e.user
		if e.moved {
			key = ""
		}
		if e.early {
			return key, tr.variant(split, e.user)
		}
	case "tone":
		if e.method != "TRACE" { // refused before a variable is set
			key = e.user
		}
		if e.hasty {
			return key, tr.variant(split, "")
		}
	}
	return key, tr.variant(split, key)
}

// checkShades holds what the servers were told of $shade against the split.
func (tr *truth) checkShades(t *testing.T) {
	t.Helper()
	checked := 0
	for _, e := range tr.exchanges {
		for _, a := range tr.attempts[e.number] {
			if e.location != "early" && (e.location != "early-redirect" || a.group != "broken") || strings.HasPrefix(a.server, "127.0.0.1:") && a.shade == "" && a.status == "502" && a.group == "app" {
				continue
			}
			checked++
			if want := tr.variant("shade", e.user); a.shade != want {
				t.Errorf("%s: nginx told the server that $shade is %q, want %q", e.line, a.shade, want)
			}
		}
	}
	if checked == 0 {
		t.Error("no server was told $shade")
	}
}

// counts is what a report counts, of all or some of the requests.
type counts struct {
	requests                                     int64
	statuses, methods                            map[string]int64
	bytes                                        int64
	timed                                        int64 // requests with a latency
	clients                                      map[string]bool
	variants                                     map[string]*variantCounts
	servers                                      map[string]*serverCounts
	retried, redirected, noUpstream, noLiveGroup int64
	mismatches                                   map[string]map[string]int64 // by split and reason
}

type variantCounts struct {
	requests, bytes int64
	clients         map[string]bool
}

type serverCounts struct {
	attempts int64
	statuses map[string]int64
}

// count counts the requests that a log of a format has to tell, with the variants
// of a split.
func (tr *truth) count(f *replayFormat, split string) *counts {
	n := &counts{
		statuses: make(map[string]int64), methods: make(map[string]int64), clients: make(map[string]bool),
		variants: make(map[string]*variantCounts), servers: make(map[string]*serverCounts), mismatches: make(map[string]map[string]int64),
	}
	for _, split := range replaySplits {
		n.mismatches[split.name] = make(map[string]int64)
	}
	for _, e := range tr.exchanges {
		attempts := tr.attempts[e.number]
		if f.pipes && e.rest == forgedRest {
			e, attempts = forged(e)
		}
		n.requests++
		n.statuses[fmt.Sprintf("%03d", e.status)]++
		method := reportedMethod(e.line)
		if f.endMethod {
			method = e.endMethod()
		}
		n.methods[method]++
		bytes := e.wire
		if !f.wireBytes {
			bytes -= e.head
		}
		n.bytes += bytes
		if f.times && e.status != 101 {
			n.timed++
		}
		n.clients[e.client] = true
		_, variant := tr.keyOf(split, e)
		v := n.variants[variant]
		if v == nil {
			v = &variantCounts{clients: make(map[string]bool)}
			n.variants[variant] = v
		}
		v.requests++
		v.bytes += bytes
		v.clients[e.client] = true
		if f.upstream {
			tr.countUpstream(n, e.number, attempts)
		}
		for _, audited := range f.splits {
			if reason := tr.mismatch(audited, e); reason != "" {
				n.mismatches[audited][reason]++
			}
		}
	}
	return n
}

// forged returns what a log whose separator is not escaped says of the request
// that holds it: every value is a possible one, and nobody can tell.
func forged(e *exchange) (*exchange, []attempt) {
	fields := strings.Split(e.rest, "|")
	seen := *e
	seen.status, _ = strconv.Atoi(fields[1])
	seen.wire, _ = strconv.ParseInt(fields[2], 10, 64)
	seen.head = 0
	return &seen, []attempt{{group: "forged", server: fields[4], status: fields[5]}}
}

// countUpstream counts the attempts of a request.
func (tr *truth) countUpstream(n *counts, number int, attempts []attempt) {
	inGroup := make(map[string]int)
	groups := make(map[string]bool)
	for _, a := range attempts {
		s := n.servers[a.server]
		if s == nil {
			s = &serverCounts{statuses: make(map[string]int64)}
			n.servers[a.server] = s
		}
		s.attempts++
		s.statuses[a.status]++
		inGroup[a.group]++
		groups[a.group] = true
	}
	for _, group := range tr.noLive[number] {
		groups[group] = true
	}
	// A name that is not found makes a group of its own, if there is another.
	if len(groups) > 0 && tr.notFound[number] {
		groups["?"] = true
	}
	for _, count := range inGroup {
		if count > 1 {
			n.retried++
			break
		}
	}
	if len(groups) > 1 {
		n.redirected++
	}
	if len(tr.noLive[number]) > 0 {
		n.noLiveGroup++
	}
	if len(groups) == 0 {
		n.noUpstream++
	}
}

// mismatch returns the reason why a logged variant is not the one of the logged
// key; empty where it is.
func (tr *truth) mismatch(split string, e *exchange) string {
	key, logged := tr.keyOf(split, e)
	switch {
	case logged == tr.variant(split, key):
		return ""
	case key == "":
		return "absent_key"
	case logged == tr.variant(split, ""):
		return "empty_key"
	}
	return "other_value"
}

// endMethod is nginx's $request_method when the line is logged.
func (e *exchange) endMethod() string {
	switch {
	case e.unread:
		return "-"
	case e.moved && e.method != "HEAD":
		return "GET"
	}
	return reportedMethod(e.line)
}

var knownMethods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

// reportedMethod returns what the report calls the method of a request line:
// see the design, 4.1.
func reportedMethod(line string) string {
	word, _, found := strings.Cut(line, " ")
	switch {
	case !found || word == "" || strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-") != "":
		return "-"
	case slices.Contains(knownMethods, word):
		return word
	}
	return "other"
}
