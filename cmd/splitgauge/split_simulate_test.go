package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// trafficOf returns a combined log of so many clients: the first of them makes
// one request, the next two, up to five, and so on.
func trafficOf(clients int) string {
	var log strings.Builder
	for client := range clients {
		for request := range client%5 + 1 {
			fmt.Fprintf(&log, "10.0.%d.%d - - [25/Nov/2026:10:%02d:%02d +0000] \"GET /%d HTTP/1.1\" 200 10 \"-\" \"agent-%d\"\n",
				client>>8, client&255, request, client%60, request, client%7)
		}
	}
	return log.String()
}

func simulateTraffic(t *testing.T, log, block string, arguments ...string) result {
	t.Helper()
	return run(t, strings.NewReader(log), append([]string{"split", "simulate", "--split", block, "-"}, arguments...)...)
}

func TestSplitSimulateText(t *testing.T) {
	log := trafficOf(3000)
	got := simulateTraffic(t, log, documentedBlock)
	got.check(t, 0)
	got.golden(t, "simulate")

	// A key that many clients share, and that some do not have.
	got = simulateTraffic(t, strings.ReplaceAll(log, "agent-0", "-"), `split_clients $http_user_agent $v { 50% "\x1b[31m"; * b; }`)
	got.check(t, 0)
	got.golden(t, "simulate.agents")

	// Lines that cannot be read.
	got = simulateTraffic(t, log+strings.Repeat("nonsense\n", 100), documentedBlock, "--format", "combined", "--max-unparsed", "5%")
	got.check(t, 0)
	got.golden(t, "simulate.unparsed")
}

func TestSplitSimulateJSON(t *testing.T) {
	log := trafficOf(3000)
	got := simulateTraffic(t, log, documentedBlock, "-o", "json")
	got.check(t, 0)
	got.golden(t, "simulate.json")
	var document struct {
		Requests, Clients int64
		Variants          []struct {
			Requests, Clients         int64
			ClientsShare              float64 `json:"clients_share"`
			RequestsShare, Configured float64
		}
	}
	if err := json.Unmarshal([]byte(got.out), &document); err != nil {
		t.Fatal(err)
	}
	var requests, clients int64
	for _, variant := range document.Variants {
		requests += variant.Requests
		clients += variant.Clients
	}
	if document.Requests != 9000 || requests != 9000 || document.Clients != 3000 || clients != 3000 {
		t.Errorf("%+v", document)
	}
	for _, workers := range []string{"1", "2", "5"} {
		if again := simulateTraffic(t, log, documentedBlock, "-o", "json", "--workers", workers); again.out != got.out {
			t.Errorf("%s workers:\n%s", workers, again.out)
		}
	}
}

func TestSplitSimulateKeyNotLogged(t *testing.T) {
	got := simulateTraffic(t, trafficOf(10), `split_clients $cookie_uid $v { 50% a; * b; }`)
	got.check(t, exitUnparsed, "no variant could be computed: the log lacks a variable of the split's key")
	got.shows(t, "0 requests of 0 clients, from 30 lines", "30 requests have no variant: the log does not say $cookie_uid")
}

func TestSplitSimulateFilter(t *testing.T) {
	got := simulateTraffic(t, trafficOf(100), documentedBlock, "--since", "2026-11-25T10:04:00Z")
	got.check(t, 0)
	got.shows(t, "20 requests of 20 clients, from 300 lines")
}

func TestSplitSimulateFiles(t *testing.T) {
	directory := t.TempDir()
	block := writeFile(t, directory, "split.conf", []byte(documentedBlock))
	log := writeFile(t, directory, "access.log", []byte(trafficOf(10)))
	got := run(t, nil, "split", "simulate", "--split", "@"+block, log)
	got.check(t, 0)
	got.shows(t, "30 requests of 10 clients")
	got = run(t, nil, "split", "simulate", "--split", "@"+block, log, filepath.Join(directory, "none"))
	got.check(t, exitUnparsed, "an input could not be read whole")
	got = run(t, nil, "split", "simulate", "--split", "@"+block, filepath.Join(directory, "none"))
	got.check(t, exitFailed, "no input could be read")
	got = simulateTraffic(t, trafficOf(10)+"x\n", documentedBlock)
	got.check(t, exitUnparsed, "1 of 31 lines could not be parsed, more than --max-unparsed 1%")
}

func TestSplitSimulateWrongUsage(t *testing.T) {
	var many strings.Builder
	for i := range 40 {
		fmt.Fprintf(&many, "1%% v%d; ", i)
	}
	for _, test := range []struct {
		arguments []string
		says      string
	}{
		{[]string{"-"}, "no split: give a block"},
		{[]string{"--split", documentedBlock}, `name files, or "-" for standard input`},
		{[]string{"--split", "x", "-"}, "cannot use --split: "},
		{[]string{"--split", documentedBlock, "-o", "csv", "-"}, `cannot write output "csv": want text or json`},
		{[]string{"--split", documentedBlock, "--nginx-version", "x", "-"}, "cannot use --nginx-version"},
		{[]string{"--split", documentedBlock, "--since", "x", "-"}, `cannot read --since "x"`},
		{[]string{"--split", documentedBlock, "--until", "x", "-"}, `cannot read --until "x"`},
		{[]string{"--split", documentedBlock, "--max-unparsed", "x", "-"}, `cannot read --max-unparsed "x"`},
		{[]string{"--split", documentedBlock, "--format", "apache", "-"}, `cannot use format "apache"`},
		{[]string{"--split", documentedBlock, "--workers", "-1", "-"}, "cannot use --workers"},
		{[]string{"--split", "split_clients $remote_addr $v { " + many.String() + "}", "-"}, "cannot simulate a split of 41 variants: want at most 32"},
	} {
		arguments := append([]string{"split", "simulate"}, test.arguments...)
		run(t, mustNotRead{t, arguments}, arguments...).check(t, exitUsage, test.says)
	}
}

func TestSplitSimulateIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	done := make(chan struct{})
	defer close(done)
	runContext(t, ctx, silent{done}, "split", "simulate", "--split", documentedBlock, "-").check(t, exitFailed, "interrupted")
}
