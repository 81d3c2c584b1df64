package loggen

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestTruthAgainstLines counts again, from the lines, what can be counted with
// a few plain expressions.
func TestTruthAgainstLines(t *testing.T) {
	for _, f := range formats {
		log, truth := generate(t, Config{Seed: 6, Lines: 10_000, Format: f, Duration: 2 * time.Hour})
		d := truth.Document(DocumentOptions{Hosts: true, Split: true})
		if d.Lines.Bytes != int64(len(log)) || d.Lines.Total != 10_000 || d.Lines.Parsed != 10_000 || d.Requests.Total != 10_000 {
			t.Errorf("%v: lines %+v of %d requests, want 10000 of %d bytes", f, d.Lines, d.Requests.Total, len(log))
		}
		statusAndBytes := regexp.MustCompile(`" (\d{3}) (\d+) "`)
		client := regexp.MustCompile(`^(\S+) - `)
		if f == JSON {
			statusAndBytes = regexp.MustCompile(`"status":"(\d{3})","body_bytes_sent":"(\d+)"`)
			client = regexp.MustCompile(`"remote_addr":"([^"]+)"`)
		}
		status := map[string]int64{}
		clients := map[string]bool{}
		var bytes int64
		for _, line := range lines(log) {
			match := statusAndBytes.FindStringSubmatch(line)
			status[match[1]]++
			n, err := strconv.ParseInt(match[2], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			bytes += n
			clients[client.FindStringSubmatch(line)[1]] = true
		}
		if bytes != d.Requests.BytesSent {
			t.Errorf("%v: %d bytes sent, want %d", f, d.Requests.BytesSent, bytes)
		}
		if int64(len(clients)) != d.Clients {
			t.Errorf("%v: %d clients, want %d", f, d.Clients, len(clients))
		}
		for code, n := range status {
			if d.Requests.Status[code] != n {
				t.Errorf("%v: %d times %s, want %d", f, d.Requests.Status[code], code, n)
			}
		}
		if f == Extended {
			checkUpstreams(t, log, d)
		}
	}
}

// checkUpstreams splits the lists about upstreams in the plainest way.
func checkUpstreams(t *testing.T, log []byte, d *Document) {
	t.Helper()
	lists := regexp.MustCompile(` rt=(\d+)\.(\d{3}) ua="([^"]*)" us="([^"]*)" uct="([^"]*)" uht="([^"]*)" urt="([^"]*)"`)
	attempts := map[string]int64{}
	bad := map[string]int64{}
	response := map[string]int64{}
	var retried, redirected, none, noLive, sum, timed int64
	for _, line := range lines(log) {
		match := lists.FindStringSubmatch(line)
		if !strings.Contains(line, `" 101 `) {
			sum += millis(t, match[1]+match[2])
			timed++
		}
		if match[3] == "-" {
			none++
			continue
		}
		groups, statuses, times := strings.Split(match[3], " : "), strings.Split(match[4], " : "), strings.Split(match[7], " : ")
		if len(groups) > 1 {
			redirected++
		}
		again, dead := false, false
		for i, group := range groups {
			if group == "" {
				continue
			}
			s, u := strings.Split(statuses[i], ", "), strings.Split(times[i], ", ")
			n := 0
			for j, name := range strings.Split(group, ", ") {
				if name == groupName {
					dead = true
					continue
				}
				n++
				attempts[name]++
				if s[j] == "502" {
					bad[name]++
				}
				response[name] += millis(t, strings.Replace(u[j], ".", "", 1))
			}
			again = again || n > 1
		}
		increment(&retried, again)
		increment(&noLive, dead)
	}
	if d.Retried != retried || d.Redirected != redirected || d.NoUpstream != none || d.NoLiveUpstream != noLive {
		t.Errorf("retried, redirected, no upstream, no live one: %d %d %d %d, want %d %d %d %d",
			d.Retried, d.Redirected, d.NoUpstream, d.NoLiveUpstream, retried, redirected, none, noLive)
	}
	if d.Requests.RequestTime.Sum != sum || d.Requests.RequestTime.Count != timed {
		t.Errorf("request time %d ms in %d, want %d in %d", d.Requests.RequestTime.Sum, d.Requests.RequestTime.Count, sum, timed)
	}
	if len(d.Upstreams) != len(attempts) {
		t.Errorf("%d servers, want %d", len(d.Upstreams), len(attempts))
	}
	for _, s := range d.Upstreams {
		if s.Attempts != attempts[s.Server] || s.Status["502"] != bad[s.Server] || s.ResponseTime.Sum != response[s.Server] {
			t.Errorf("server %s: %d attempts, %d of 502, %d ms, want %d, %d, %d", s.Server, s.Attempts, s.Status["502"], s.ResponseTime.Sum,
				attempts[s.Server], bad[s.Server], response[s.Server])
		}
	}
}

func millis(t *testing.T, digits string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestDocumentAddsUp holds the lists against the totals.
func TestDocumentAddsUp(t *testing.T) {
	for _, f := range formats {
		_, truth := generate(t, Config{Seed: 7, Lines: 50_000, Format: f, Duration: 26 * time.Hour, Bad: 0.05})
		d := truth.Document(DocumentOptions{Hosts: true, Split: true})
		if d.Lines.Partial == 0 || d.Lines.Unparsed == 0 || d.Lines.Total != 50_000 {
			t.Errorf("%v: lines %+v, want some partial and unparsed of 50000", f, d.Lines)
		}
		var reasons int64
		for _, n := range d.Lines.Reasons {
			reasons += n
		}
		if reasons != d.Lines.Partial+d.Lines.Unparsed || d.Requests.Total != d.Lines.Parsed+d.Lines.Partial {
			t.Errorf("%v: %d reasons and %d requests of lines %+v", f, reasons, d.Requests.Total, d.Lines)
		}
		var clients int64
		for _, v := range d.Variants {
			clients += v.Clients
		}
		if clients != d.Clients {
			t.Errorf("%v: variants have %d clients, want %d", f, clients, d.Clients)
		}
		total := Traffic{Requests: d.Requests.Total, BytesSent: d.Requests.BytesSent, RequestTime: d.Requests.RequestTime}
		lists := map[string][]Traffic{}
		for _, v := range d.Variants {
			lists["variants"] = append(lists["variants"], v.Traffic)
		}
		for _, p := range d.Paths {
			lists["paths"] = append(lists["paths"], p.Traffic)
		}
		for _, s := range d.Timeline.Slots {
			lists["timeline"] = append(lists["timeline"], s.Traffic)
		}
		for _, h := range d.Hosts {
			lists["hosts"] = append(lists["hosts"], h.Traffic)
		}
		if f == Combined {
			if len(d.Hosts)+len(d.Upstreams) > 0 || d.Requests.RequestTime.Spread != nil || d.NoUpstream > 0 {
				t.Errorf("combined tells of hosts, upstreams or times: %+v", d)
			}
		} else if len(d.Hosts) != len(hosts) {
			t.Errorf("%v: %d hosts, want %d", f, len(d.Hosts), len(hosts))
		}
		for name, rows := range lists {
			if sum := add(rows); sum != [4]int64{total.Requests, total.BytesSent, total.RequestTime.Count, sumOf(total.RequestTime)} {
				t.Errorf("%v: %s add up to %d, want %+v", f, name, sum, total)
			}
			if name != "timeline" && !slices.IsSortedFunc(rows, func(a, b Traffic) int { return int(b.Requests - a.Requests) }) {
				t.Errorf("%v: %s are not by requests", f, name)
			}
		}
		if d.Timeline.Step != 300 {
			t.Errorf("%v: step %d, want 300", f, d.Timeline.Step)
		}
	}
}

func add(rows []Traffic) (sum [4]int64) {
	for _, row := range rows {
		var classes int64
		for _, n := range row.Classes {
			classes += n
		}
		sum[0] += classes
		sum[1] += row.BytesSent
		sum[2] += row.RequestTime.Count
		sum[3] += sumOf(row.RequestTime)
	}
	return sum
}

func sumOf(d Distribution) int64 {
	if d.Spread == nil {
		return 0
	}
	return d.Sum
}

func TestTimelineSteps(t *testing.T) {
	for duration, want := range map[time.Duration]int64{
		time.Hour: 60, 24 * time.Hour: 60, 30 * time.Hour: 300, 10 * 24 * time.Hour: 3600, 200 * 24 * time.Hour: 21600, 400 * 24 * time.Hour: 86400,
	} {
		_, truth := generate(t, Config{Seed: 8, Lines: 5_000, Format: Extended, Duration: duration})
		d := truth.Document(DocumentOptions{})
		if d.Timeline.Step != want || len(d.Timeline.Slots) > maxSlots {
			t.Errorf("%v: %d slots of %d s, want %d s", duration, len(d.Timeline.Slots), d.Timeline.Step, want)
		}
	}
}

func TestTop(t *testing.T) {
	_, truth := generate(t, Config{Seed: 9, Lines: 10_000, Format: JSON})
	all, some := truth.Document(DocumentOptions{Hosts: true}), truth.Document(DocumentOptions{Hosts: true, Top: 3})
	if len(all.Paths) < 80 || len(some.Paths) != 3 || len(some.Hosts) != 3 || some.Paths[2].Path != all.Paths[2].Path {
		t.Errorf("%d paths, of them %d, and %d hosts, want 3 of each", len(all.Paths), len(some.Paths), len(some.Hosts))
	}
}

// TestTemplates holds the hand-written templates against the rules, by regular
// expressions.
func TestTemplates(t *testing.T) {
	rules := []struct {
		name    string
		pattern *regexp.Regexp
	}{
		{":id", regexp.MustCompile(`^[0-9]+$`)},
		{":uuid", regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)},
		{":hex", regexp.MustCompile(`^[0-9a-fA-F]{8,}$`)},
		{":token", regexp.MustCompile(`^[A-Za-z0-9_-]{20,}$`)},
	}
	letter := regexp.MustCompile(`[A-Za-z]`)
	digits := regexp.MustCompile(`[0-9]`)
	name := func(segment string) string {
		n := len(digits.FindAllString(segment, -1))
		for _, rule := range rules {
			if !rule.pattern.MatchString(segment) || rule.name == ":hex" && n == 0 || rule.name == ":token" && (n < 4 || !letter.MatchString(segment)) {
				continue
			}
			return rule.name
		}
		return segment
	}
	source := newRandom(1)
	for _, target := range targets() {
		for range 200 {
			text := string(source.appendPieces(nil, compile(target.pattern, JSON)))
			text = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(text)
			path, _, _ := strings.Cut(text, "?")
			path = strings.TrimPrefix(path, "http://www.example.org")
			if path == "" {
				path = "/"
			}
			var want strings.Builder
			for i, segment := range strings.Split(path[1:], "/") {
				if i == 8 {
					want.WriteString("/…")
					break
				}
				segment, _, _ = strings.Cut(segment, ";")
				want.WriteString("/" + name(segment))
			}
			if want.String() != target.template {
				t.Fatalf("%s comes under %s, want %s", text, target.template, want.String())
			}
		}
	}
}

func TestDistribution(t *testing.T) {
	bounds := newBucketBounds()
	for ms, want := range map[int64]int64{
		0: 0, 1: 1, 8: 8, 9: 9, 15: 15, 16: 17, 500: 500, 501: 545, 1000: 1000, 1001: 1090, 2000: 2000, 4000: 4000, 4001: 4362, 60_000: 64_000,
	} {
		if got := bounds.upper(ms); got != want {
			t.Errorf("upper(%d) = %d, want %d", ms, got, want)
		}
	}
	for k := -40; k <= 100; k++ { // floating point is near enough off the whole powers
		if k%8 == 0 {
			continue
		}
		if want := int64(1000 * math.Exp2(float64(k)/8)); bounds.upper(want) != want {
			t.Errorf("upper(%d) = %d, want it to be a bound", want, bounds.upper(want))
		}
	}
	var d, other distribution
	other.sparse = true
	for ms := range int64(1000) {
		d.add(ms * 9)
		other.add(ms * 9)
	}
	got, err := json.Marshal([]Distribution{d.report(bounds), other.report(bounds), {}})
	if err != nil {
		t.Fatal(err)
	}
	const row = `{"count":1000,"sum_ms":4495500,"min_ms":0,"max_ms":8991,"p50_ms":4756,"p90_ms":8724,"p99_ms":8991}`
	if want := `[` + row + `,` + row + `,{"count":0}]`; string(got) != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	d.merge(&other)
	if r := d.report(bounds); r.Count != 2000 || r.P50 != 4756 || r.Sum != 2*4495500 {
		t.Errorf("merged: %+v %+v", r, r.Spread)
	}
}

// TestBadLines holds the reasons against what the lines look like.
func TestBadLines(t *testing.T) {
	for _, f := range formats {
		log, truth := generate(t, Config{Seed: 10, Lines: 10_000, Format: f, Bad: 0.1})
		d := truth.Document(DocumentOptions{})
		got := map[string]int64{}
		for _, line := range lines(log) {
			switch {
			case line == "":
				got["empty"]++
			case f == JSON && !strings.HasSuffix(line, "}"):
				got["json"]++
			case f != JSON && strings.Count(line, `"`) < 3:
				got["format"]++
			case strings.Contains(line, "0x1f"):
				got[truth.oddVariable()]++
			case f != JSON && !strings.HasSuffix(line, `"`):
				got["trailing"]++
			}
		}
		for reason, n := range d.Lines.Reasons {
			if got[reason] != n {
				t.Errorf("%v: %d times %s, want %d", f, n, reason, got[reason])
			}
			delete(got, reason)
		}
		if len(got) > 0 {
			t.Errorf("%v: reasons %v are not in the truth", f, got)
		}
	}
}

func TestEmptyDocument(t *testing.T) {
	_, truth := generate(t, Config{})
	got, err := json.Marshal(truth.Document(DocumentOptions{}))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"schema":"splitgauge.report/1","lines":{"total":0,"parsed":0,"partial":0,"unparsed":0,"bytes":0,"nul_bytes":0,"reasons":{}},` +
		`"time":null,"requests":{"total":0,"status":{},"methods":{},"bytes_sent":0,"request_time":{"count":0}},"clients":0,` +
		`"variants":[],"hosts":[],"upstreams":[],"retried_requests":0,"redirected_requests":0,"no_upstream_requests":0,"no_live_upstream_requests":0,` +
		`"paths":[],"timeline":{"step_seconds":60,"slots":[]},"overflow":{"variant":0,"upstream":0,"method":0,"status":0,"host":0,"path":0}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
