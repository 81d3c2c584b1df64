package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program that is being measured.
type process struct {
	name    string
	command *exec.Cmd
	output  bytes.Buffer
}

func start(name string, argv ...string) (*process, error) {
	p := &process{name: name, command: exec.Command(argv[0], argv[1:]...)}
	p.command.Stdout, p.command.Stderr = &p.output, &p.output
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	return p, nil
}

// stop ends the process.
func (p *process) stop() {
	p.command.Process.Signal(syscall.SIGTERM)
	p.command.Wait()
}

// cpu returns the processor time that the process has taken.
func (p *process) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(stat, []byte(") "))
	fields := strings.Fields(string(rest))
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	if err != nil {
		return 0, err
	}
	const ticks = 100 // of USER_HZ a second, on every Linux that Go runs on
	return time.Duration(user+system) * time.Second / ticks, nil
}

// memory returns the resident set, now and at its largest, in KiB.
func (p *process) memory() (now, peak int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		number, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		switch name {
		case "VmRSS":
			now, err = strconv.ParseInt(number, 10, 64)
		case "VmHWM":
			peak, err = strconv.ParseInt(number, 10, 64)
		}
		if err != nil {
			return 0, 0, err
		}
	}
	return now, peak, nil
}

// agent is splitgauge run.
type agent struct {
	*process
	url string
}

// startAgent starts splitgauge on one log.
func startAgent(o options, directory, log string, beginning bool) (*agent, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	configuration := filepath.Join(directory, "splitgauge.yaml")
	text := fmt.Sprintf("nginx: {config: none}\nlogs: [{path: %q, format: combined}]\nadmin: {listen: none}\nreading: {from_beginning: %v}\n", log, beginning)
	if err := os.WriteFile(configuration, []byte(text), 0o600); err != nil {
		return nil, err
	}
	p, err := start("splitgauge", filepath.Join(o.binaries, "splitgauge"), "run", "-c", configuration,
		"--listen", address, "--state-directory", filepath.Join(directory, "state"))
	if err != nil {
		return nil, err
	}
	return &agent{p, "http://" + address + "/metrics"}, nil
}

// counted returns how many lines have been counted, and how many series there
// were and how long it took to get them; false while there is no answer.
func (a *agent) counted() (lines int64, series int, took time.Duration, ok bool) {
	begin := time.Now()
	response, err := http.Get(a.url)
	if err != nil {
		return 0, 0, 0, false
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	took = time.Since(begin)
	if err != nil || response.StatusCode != http.StatusOK {
		return 0, 0, 0, false
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		series++
		if strings.HasPrefix(line, "splitgauge_log_lines_total{") {
			value, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndexByte(line, ' '):]), 64)
			if err != nil {
				return 0, 0, 0, false
			}
			lines += int64(value)
		}
	}
	return lines, series, took, true
}

// until waits until holds does.
func until(limit time.Duration, holds func() bool) error {
	deadline := time.Now().Add(limit)
	for !holds() {
		if time.Now().After(deadline) {
			return fmt.Errorf("it did not happen within %s", limit)
		}
		time.Sleep(2 * time.Millisecond)
	}
	return nil
}
