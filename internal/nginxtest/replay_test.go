package nginxtest

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReplayAgrees sends a real nginx all kinds of requests, which it logs in
// many formats at once, and replays each of the logs, found through nginx.conf
// alone. Every report has to say what the test's own clients and servers
// counted, and what the other reports say.
func TestReplayAgrees(t *testing.T) {
	Binary(t)
	b := startBackends(t)
	frontUnix := filepath.Join(socketDirectory(t), "front")
	s := Start(t, Config{Ports: 3, Files: replayFiles(), HTTP: func(addresses []string) string {
		_, port, _ := strings.Cut(addresses[0], ":")
		names := map[string]string{"front": addresses[0], "front6": "[::1]:" + port, "frontUnix": frontUnix, "hasty": addresses[1], "impatient": addresses[2]}
		if !strings.HasPrefix(b.addresses["six"], "[") { // no IPv6
			names["front6"] = "127.0.0.2:" + port
		}
		text := replayHTTP
		for _, list := range []map[string]string{names, b.addresses} {
			for name, address := range list {
				text = strings.ReplaceAll(text, "{"+name+"}", address)
			}
		}
		return text
	}})
	c := &clients{t: t}
	replayTraffic(c, b, s, frontUnix)
	stopAndWait(t, s)
	b.stop()
	if t.Failed() {
		return
	}
	tr := newTruth(t, s, c, b)
	tr.checkCoverage(t, b)

	program := buildProgram(t)
	var others []replayLog
	for i := range replayFormats {
		f := &replayFormats[i]
		t.Run(f.name, func(t *testing.T) {
			name := filepath.Join(s.Prefix, f.logPath())
			arguments := []string{"--nginx-conf", s.Conf, "--nginx-version", s.Version, name}
			got := runReplay(t, program, arguments...)
			tr.compare(t, f, "variant", got)
			for _, split := range f.splits {
				if split != "variant" {
					tr.compare(t, f, split, runReplay(t, program, append(arguments, "--variant", split)...))
				}
			}
			checkOtherNames(t, f, program, s, got)
			log := replayLog{f, got}
			for _, other := range others {
				log.agree(t, other)
			}
			others = append(others, log)
		})
	}
}

// checkOtherNames replays a log that nginx has rotated, a copy elsewhere of which
// only the name in nginx.conf is told, and one without nginx.conf, where the
// format does not need it.
func checkOtherNames(t *testing.T, f *replayFormat, program string, s *Server, want *replayReport) {
	t.Helper()
	log := filepath.Join(s.Prefix, f.logPath())
	rotated, elsewhere := log+".1", filepath.Join(t.TempDir(), "copy")
	for _, name := range []string{rotated, elsewhere} {
		if err := os.Link(log, name); err != nil {
			t.Fatal(err)
		}
	}
	known := []string{"--nginx-conf", s.Conf, "--nginx-version", s.Version}
	for _, arguments := range [][]string{
		append(known, rotated), append(known, "--log", f.name+".log", elsewhere), append(known, "--log", f.name, elsewhere),
	} {
		if got := runReplay(t, program, arguments...); !reflect.DeepEqual(got, want) {
			t.Errorf("replay %s: another report: %+v", arguments, got)
		}
	}
	if !f.auto {
		return
	}
	got := runReplay(t, program, elsewhere)
	if got.Lines.Parsed != want.Lines.Total || !reflect.DeepEqual(got.Requests, want.Requests) {
		t.Errorf("without nginx.conf: lines %+v, requests %+v, with it %+v", got.Lines, got.Requests, want.Requests)
	}
}

func replayFiles() map[string]string {
	files := map[string]string{
		"formats.conf": replayFormatsText(), "logs.conf": replayLogsText(), "splits.conf": "",
		"files/hello.txt": "hello from a file\n", "files/directory/file.txt": "", "logs/none": "",
	}
	for _, split := range replaySplits {
		files["splits.conf"] += split.text + "\n"
	}
	return files
}

// stopAndWait lets nginx end what it does and write its logs.
func stopAndWait(t *testing.T, s *Server) {
	t.Helper()
	s.Signal(t, syscall.SIGQUIT)
	timer := time.NewTimer(clientTimeout)
	defer timer.Stop()
	select {
	case <-s.exited:
	case <-timer.C:
		t.Fatal("nginx does not end")
	}
}

// checkCoverage fails where the traffic lacks something that it is there for.
func (tr *truth) checkCoverage(t *testing.T, b *backends) {
	t.Helper()
	n := tr.count(&replayFormat{upstream: true, splits: []string{"shade", "tone"}}, "variant")
	for _, status := range []string{
		"009", "101", "200", "201", "204", "206", "301", "304", "400", "403", "404", "405", "408", "412", "413", "414", "416", "444", "499", "500", "501", "502", "503", "504", "505",
	} {
		if n.statuses[status] == 0 {
			t.Errorf("no request has status %s", status)
		}
	}
	for _, method := range append([]string{"other", "-"}, knownMethods...) {
		if n.methods[method] == 0 {
			t.Errorf("no request has method %s", method)
		}
	}
	var cached, twice int64
	for _, e := range tr.exchanges {
		attempts := tr.attempts[e.number]
		if e.location == "cached" && e.status == 200 && len(attempts) == 0 {
			cached++
		}
		if len(attempts) > 1 && attempts[0].server == attempts[1].server {
			twice++
		}
	}
	for name, count := range map[string]int64{
		"answered from the cache": cached, "sent twice to one server": twice,
		"retried": n.retried, "redirected": n.redirected, "without upstream": n.noUpstream, "without a live upstream": n.noLiveGroup,
		"of an absent key": n.mismatches["shade"]["absent_key"], "of an empty key": n.mismatches["tone"]["empty_key"],
		"to a name that is not found": int64(len(tr.notFound)),
	} {
		if count == 0 {
			t.Errorf("no request is %s", name)
		}
	}
	for name, address := range b.addresses {
		if n.servers[address] == nil != slices.Contains([]string{"asked", "dead3", "dead4", "dns"}, name) {
			t.Errorf("%s: attempts %+v", name, n.servers[address])
		}
	}
	var attempts int64
	for _, s := range n.servers {
		attempts += s.attempts
	}
	t.Logf("%d requests, %d attempts at %d servers, %d retried, %d redirected, %d without upstream, %d without a live one, statuses %v, methods %v",
		n.requests, attempts, len(n.servers), n.retried, n.redirected, n.noUpstream, n.noLiveGroup, n.statuses, n.methods)
}

// compare compares the report on a log with the truth.
func (tr *truth) compare(t *testing.T, f *replayFormat, split string, got *replayReport) {
	t.Helper()
	want := tr.count(f, split)
	same := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("by %s: %s: got %v, want %v", split, what, got, want)
		}
	}
	sameRows := func(what string, got, want []string) {
		t.Helper()
		for _, row := range got {
			if !slices.Contains(want, row) {
				t.Errorf("by %s: %s: got %s, which is not wanted", split, what, row)
			}
		}
		for _, row := range want {
			if !slices.Contains(got, row) {
				t.Errorf("by %s: %s: want %s", split, what, row)
			}
		}
	}
	all := int64(len(tr.exchanges))
	same("lines", got.Lines.Total, all)
	same("lines not fully parsed", got.Lines.Reasons, map[string]int64{})
	same("unparsed lines", got.Lines.Unparsed, int64(0))
	same("NUL bytes dropped", got.Lines.NULBytes, int64(0))
	same("requests", got.Requests.Total, want.requests)
	same("statuses", got.Requests.Status, want.statuses)
	same("methods", got.Requests.Methods, want.methods)
	same("bytes", got.Requests.BytesSent, want.bytes)
	same("requests with a time", got.Requests.RequestTime.Count, want.timed)
	similar := func(what string, got int64, want int) {
		t.Helper()
		if off := max(1, int64(want)/50); got < int64(want)-off || got > int64(want)+off {
			t.Errorf("by %s: %s: got about %d, want %d", split, what, got, want)
		}
	}
	similar("clients", got.Clients, len(want.clients))

	var variants, wantVariants []string
	for _, v := range got.Variants {
		variants = append(variants, fmt.Sprintf("%q: %d requests, %d bytes", v.Variant, v.Requests, v.BytesSent))
		if w := want.variants[v.Variant]; w != nil {
			similar(fmt.Sprintf("clients of %q", v.Variant), v.Clients, len(w.clients))
		}
	}
	for name, v := range want.variants {
		wantVariants = append(wantVariants, fmt.Sprintf("%q: %d requests, %d bytes", name, v.requests, v.bytes))
	}
	sameRows("variants", variants, wantVariants)

	var servers, wantServers []string
	for _, s := range got.Upstreams {
		servers = append(servers, fmt.Sprintf("%s: %d attempts, %v, %d timed", s.Server, s.Attempts, s.Status, s.ResponseTime.Count))
	}
	for name, s := range want.servers {
		wantServers = append(wantServers, fmt.Sprintf("%s: %d attempts, %v, %d timed", name, s.attempts, s.statuses, s.attempts))
	}
	sameRows("servers", servers, wantServers)
	same("retried", got.Retried, want.retried)
	same("redirected", got.Redirected, want.redirected)
	same("without upstream", got.NoUpstream, want.noUpstream)
	same("without a live upstream", got.NoLiveUpstream, want.noLiveGroup)

	same("experiments", len(got.Experiments), len(replaySplits))
	for _, e := range got.Experiments {
		var checked, mismatches int64
		if slices.Contains(f.splits, e.Experiment) {
			checked = want.requests
		}
		for _, count := range want.mismatches[e.Experiment] {
			mismatches += count
		}
		same("checked of "+e.Experiment, e.Assignment.Checked, checked)
		same("mismatches of "+e.Experiment, e.Assignment.Mismatches, mismatches)
		same("mismatches by reason of "+e.Experiment, e.Assignment.Reasons, want.mismatches[e.Experiment])
	}
}

// replayLog is a log and the report on it.
type replayLog struct {
	*replayFormat
	report *replayReport
}

// agree compares what two reports say of what nobody but nginx could measure.
func (l replayLog) agree(t *testing.T, other replayLog) {
	t.Helper()
	if l.pipes || other.pipes {
		return // a line is read as forged
	}
	a, b := l.report, other.report
	if l.times && other.times && a.Requests.RequestTime != b.Requests.RequestTime {
		t.Errorf("request times %+v, of %s %+v", a.Requests.RequestTime, other.name, b.Requests.RequestTime)
	}
	if l.upstream && other.upstream && !reflect.DeepEqual(a.Upstreams, b.Upstreams) {
		t.Errorf("upstreams %+v, of %s %+v", a.Upstreams, other.name, b.Upstreams)
	}
	if strings.Contains(l.text, "$msec") == strings.Contains(other.text, "$msec") && a.Time != b.Time {
		t.Errorf("times %v, of %s %v", a.Time, other.name, b.Time)
	}
}
