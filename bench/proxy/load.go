package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// wrkResult is what wrk measured. It asks again when it has been answered, so
// that its latencies are those of a load that gives way.
type wrkResult struct {
	perSecond float64
	p99       float64 // milliseconds
	failed    int64   // errors of sockets, and statuses that are not 2xx or 3xx
	busy      float64 // of one core, by wrk itself
}

// wrk asks with 64 connections and one thread.
func (h *harness) wrk(ctx context.Context, length time.Duration, url string, headers ...string) (wrkResult, error) {
	binary, err := find("wrk", "wrk")
	if err != nil {
		return wrkResult{}, err
	}
	argv := []string{"-t1", "-c64", "--latency", "--timeout", "10s", "-d", fmt.Sprintf("%ds", max(1, int(length.Seconds())))}
	for _, header := range headers {
		argv = append(argv, "-H", header)
	}
	command := exec.CommandContext(ctx, binary, append(argv, url)...)
	begin := time.Now()
	output, err := command.CombinedOutput()
	if err != nil {
		return wrkResult{}, fmt.Errorf("wrk: %w: %s", err, output)
	}
	result, err := parseWrk(string(output))
	state := command.ProcessState
	result.busy = (state.UserTime() + state.SystemTime()).Seconds() / time.Since(begin).Seconds()
	return result, err
}

var (
	wrkRate   = regexp.MustCompile(`(?m)^Requests/sec:\s+([0-9.]+)$`)
	wrkP99    = regexp.MustCompile(`(?m)^\s+99%\s+([0-9.]+)(us|ms|s|m)$`)
	wrkErrors = regexp.MustCompile(`(?m)^\s+Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)$`)
	wrkOthers = regexp.MustCompile(`(?m)^\s+Non-2xx or 3xx responses: (\d+)$`)
)

// parseWrk reads what wrk prints with --latency.
func parseWrk(text string) (r wrkResult, err error) {
	rate, tail := wrkRate.FindStringSubmatch(text), wrkP99.FindStringSubmatch(text)
	if rate == nil || tail == nil {
		return r, fmt.Errorf("cannot read what wrk printed: %q", text)
	}
	if r.perSecond, err = strconv.ParseFloat(rate[1], 64); err != nil {
		return r, err
	}
	if r.p99, err = strconv.ParseFloat(tail[1], 64); err != nil {
		return r, err
	}
	r.p99 *= map[string]float64{"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[tail[2]]
	for _, found := range [][]string{wrkErrors.FindStringSubmatch(text), wrkOthers.FindStringSubmatch(text)} {
		for i := 1; i < len(found); i++ {
			n, err := strconv.ParseInt(found[i], 10, 64)
			if err != nil {
				return r, err
			}
			r.failed += n
		}
	}
	return r, nil
}

// loopResult is what openloop prints, as far as it is needed.
type loopResult struct {
	Seconds   float64            `json:"seconds"`
	Offered   int64              `json:"offered"`
	PerSecond float64            `json:"ok_per_second"`
	Bytes     int64              `json:"bytes"`
	Late      figures            `json:"late"`
	Outcomes  map[string]figures `json:"outcomes"`
	Values    map[string]int64   `json:"values"`
	Errors    map[string]int64   `json:"errors"`
}

type figures struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50"`
	P99   float64 `json:"p99"`
	Max   float64 `json:"max"`
}

// notGood returns how many requests did not get what they wanted.
func (r *loopResult) notGood() (n int64) {
	for name, f := range r.Outcomes {
		if name != "ok" {
			n += f.Count
		}
	}
	return n
}

// loop runs openloop.
func (h *harness) loop(ctx context.Context, length time.Duration, url string, arguments ...string) (*loopResult, error) {
	argv := append([]string{"-json", "-url", url, "-duration", length.String()}, arguments...)
	command := exec.CommandContext(ctx, filepath.Join(h.binaries, "openloop"), argv...)
	var diagnostics bytes.Buffer
	command.Stderr = &diagnostics
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("openloop: %w: %s", err, &diagnostics)
	}
	r := &loopResult{}
	if err := json.Unmarshal(output, r); err != nil {
		return nil, fmt.Errorf("cannot read what openloop printed: %w: %q", err, output)
	}
	return r, nil
}

// holding has connections held open while do runs, and returns how many there
// were at its begin, and how many were still there at its end.
func (h *harness) holding(ctx context.Context, count int, url string, do func() error) (begin, end int64, err error) {
	command := exec.CommandContext(ctx, filepath.Join(h.binaries, "openloop"), "-hold", strconv.Itoa(count), "-url", url, "-timeout", "30s", "-sources", "4")
	var diagnostics bytes.Buffer
	command.Stderr = &diagnostics
	release, err := command.StdinPipe()
	if err != nil {
		return 0, 0, err
	}
	lines, err := command.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	if err := command.Start(); err != nil {
		return 0, 0, fmt.Errorf("cannot start openloop: %w", err)
	}
	defer command.Wait()
	defer io.Copy(io.Discard, lines)
	defer release.Close()
	var first, last struct{ Held int64 }
	decoder := json.NewDecoder(lines)
	if err := decoder.Decode(&first); err != nil {
		return 0, 0, fmt.Errorf("openloop holds nothing: %w: %s", err, strings.TrimSpace(diagnostics.String()))
	}
	if err := do(); err != nil {
		return 0, 0, err
	}
	release.Close()
	if err := decoder.Decode(&last); err != nil {
		return 0, 0, fmt.Errorf("openloop does not say what it still holds: %w", err)
	}
	return first.Held, last.Held, nil
}
