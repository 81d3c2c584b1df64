package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// build builds what the harness starts, below a directory that it returns.
func build(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"nginx", "haproxy", "wrk"} {
		if _, err := find(name, name); err != nil {
			if os.Getenv("CI") == "" {
				t.Skip(err)
			}
			t.Fatal(err)
		}
	}
	bin := t.TempDir()
	command := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", bin+"/", "../openloop", "./forwarder")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return bin
}

// nothingLeft has the harness work below a directory of its own, and checks in
// the end that neither a file nor a process of it is left.
func nothingLeft(t *testing.T) {
	t.Helper()
	directory := t.TempDir()
	t.Setenv("TMPDIR", directory)
	t.Cleanup(func() {
		entries, err := os.ReadDir(directory)
		if err != nil || len(entries) > 0 {
			t.Errorf("left behind: %v, error %v", entries, err)
		}
		commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range commands {
			text, err := os.ReadFile(command)
			if err == nil && bytes.Contains(text, []byte(directory)) {
				t.Errorf("still running: %q", bytes.ReplaceAll(text, []byte{0}, []byte{' '}))
			}
		}
	})
}

// TestQuick runs all parts for moments: the figures mean little, but requests
// were answered, none failed, and the way there works.
func TestQuick(t *testing.T) {
	o := options{binaries: build(t), agent: filepath.Join(t.TempDir(), "splitgauge"), own: "forwarder", runs: 1, quick: true}
	nothingLeft(t)
	var out, progress bytes.Buffer
	if err := run(t.Context(), o, &out, &progress); err != nil {
		t.Fatalf("%v\n%s", err, &progress)
	}
	for _, p := range parts() {
		_, section, found := strings.Cut(out.String(), "### "+p.title+"\n")
		section, _, _ = strings.Cut(section, "###")
		if !found || !strings.Contains(section, "\nMeasured 20") {
			t.Errorf("no whole section %q:\n%s", p.title, section)
		}
		for _, name := range []string{baseline, ownName} {
			if p.name == "feedback" && name == ownName {
				name += ", own connections only"
			}
			cells := rowOf(section, name)
			answered := 0
			if p.name == "feedback" {
				answered = 4 // after the shares of two nodes, which may be nothing
			}
			if len(cells) <= answered || number(t, cells[answered]) <= 0 {
				t.Errorf("%s: no row of %s:\n%s", p.name, name, section)
				continue
			}
			last := len(cells) - 1
			switch p.name {
			case "feedback":
				continue // errors of a node are what it is about
			case "overload":
				last-- // then comes how late the generator was
			}
			if failed := number(t, cells[last]); failed != 0 {
				t.Errorf("%s: %s failed %v times:\n%s", p.name, name, failed, &progress)
			}
		}
	}
}

// rowOf returns the cells of a row after its name.
func rowOf(section, name string) []string {
	_, row, found := strings.Cut(section, "\n| "+name+" | ")
	row, _, ended := strings.Cut(row, " |\n")
	if !found || !ended {
		return nil
	}
	return strings.Split(row, " | ")
}

func number(t *testing.T, cell string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		t.Errorf("%q is no number", cell)
	}
	return value
}

// interrupter ends a context as soon as something was measured.
type interrupter struct {
	once sync.Once
	end  context.CancelFunc
}

func (i *interrupter) Write(text []byte) (int, error) {
	if bytes.Contains(text, []byte(" "+baseline+" ")) {
		i.once.Do(i.end)
	}
	return len(text), nil
}

// TestInterrupted ends the harness in the middle.
func TestInterrupted(t *testing.T) {
	o := options{binaries: build(t), own: "forwarder", runs: 100, quick: true, parts: "bulk"}
	nothingLeft(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := run(ctx, o, io.Discard, &interrupter{end: cancel})
	if err == nil || ctx.Err() == nil {
		t.Errorf("error %v, context %v; want both", err, ctx.Err())
	}
}

// TestProxyThatEnds has our proxy end at once.
func TestProxyThatEnds(t *testing.T) {
	bin := build(t)
	if err := os.WriteFile(filepath.Join(bin, "forwarder"), []byte("#!/bin/sh\necho no such luck >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t)
	err := run(t.Context(), options{binaries: bin, own: "forwarder", runs: 1, quick: true, parts: "requests"}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "forwarder has ended: no such luck") {
		t.Errorf("error %v, want what the proxy said", err)
	}
}

func TestCommandLine(t *testing.T) {
	tests := []struct {
		o    options
		want string
	}{
		{options{own: "forwarder"}, "-runs 0: at least 1"},
		{options{runs: 1, own: "nginx"}, `-own "nginx": splitgauge or forwarder`},
		{options{runs: 1, own: "forwarder", quick: true, update: "a.md"}, `-update "a.md" with -quick`},
		{options{runs: 1, own: "forwarder", parts: "idle,sleep"}, `there is no "sleep", only requests, `},
	}
	for _, test := range tests {
		if err := run(t.Context(), test.o, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: error %v, want %q", test.o, err, test.want)
		}
	}
}
