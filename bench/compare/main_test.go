package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSmoke runs the whole comparison on tiny files and without programs that
// have to be installed: the figures mean nothing, the way there must work.
func TestSmoke(t *testing.T) {
	bin, data := t.TempDir(), t.TempDir()
	for _, pkg := range []string{"cmd/splitgauge", "bench/generate", "bench/sonicloop"} {
		command(t, "go", "build", "-buildvcs=false", "-o", bin+"/", "../../"+pkg)
	}
	command(t, filepath.Join(bin, "generate"), "-scale", "0.0005", "-dir", data)

	document := filepath.Join(t.TempDir(), "benchmarks.md")
	if err := os.WriteFile(document, []byte("before\n"+benchMarkers.begin+"\nold\n"+benchMarkers.end+"\nafter\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	o := options{data: data, binaries: bin, loop: filepath.Join(bin, "sonicloop"), runs: 2, timeout: time.Minute, update: document}
	var out, progress bytes.Buffer
	if err := run(t.Context(), o, &out, &progress); err != nil {
		t.Fatalf("%v\n%s", err, &progress)
	}
	for _, title := range []string{combinedTitle, headTitle, gzipTitle, extendedTitle, jsonTitle} {
		_, section, _ := strings.Cut(out.String(), "### "+title+"\n")
		section, _, _ = strings.Cut(section, "###")
		if !strings.Contains(section, "\n| "+replay+" | 0.") {
			t.Errorf("no row of %s in section %q:\n%s", replay, title, section)
		}
	}
	o.experiments, o.update = true, ""
	var experiments bytes.Buffer
	if err := run(t.Context(), o, &experiments, &progress); err != nil {
		t.Fatalf("%v\n%s", err, &progress)
	}
	for _, row := range []string{"\n| " + compareVerb + " | ", "\n| " + replaySplit + " | ", "\n| JSON, compare × splitgauge replay | 1.25 | "} {
		if !strings.Contains(experiments.String(), row) {
			t.Errorf("no %q in:\n%s", row, &experiments)
		}
	}
	updated, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if want := "before\n" + benchMarkers.begin + "\n" + out.String() + benchMarkers.end + "\nafter\n"; string(updated) != want {
		t.Errorf("document:\n%s\nwant:\n%s", updated, want)
	}
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if output, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, output)
	}
}

func TestTable(t *testing.T) {
	ms := func(peak int64, walls ...int) (samples []sample) {
		for _, wall := range walls {
			samples = append(samples, sample{time.Duration(wall) * time.Millisecond, peak})
		}
		return samples
	}
	g := &group{title: gzipTitle, file: "no such file", baselines: []string{gzipWC, logswan}, contestants: []*contestant{
		{name: gzipWC, samples: ms(1<<30, 400, 100, 200)},
		{name: replay, samples: ms(2<<30, 150, 90, 110, 130)},
		{name: logswan, missing: true},
	}}
	var out strings.Builder
	g.writeTable(&out)
	writeLimits(&out, []*group{g}, limits)
	for _, line := range []string{
		`| program | median s | min–max s | MB/s | × gzip -dc \| wc -l | × logswan | peak MiB |`,
		`|---|--:|--:|--:|--:|--:|--:|`,
		`| gzip -dc \| wc -l | 0.200 | 0.100–0.400 | 0 | 1.00 | | 1048576 |`,
		`| splitgauge replay | 0.120 | 0.090–0.150 | 0 | 0.60 | | 2097152 |`,
		`| logswan | not installed | | | | | |`,
		`| combined, gzip, replay × gzip -dc \| wc -l | 1.00 | 0.60 | yes |`,
		`| peak memory, MiB | 96 | 2097152 | **no** |`,
	} {
		if !strings.Contains(out.String(), line+"\n") {
			t.Errorf("no line %q in:\n%s", line, &out)
		}
	}
}

// TestWrongAnswer: a program that has not read every line is not measured.
func TestWrongAnswer(t *testing.T) {
	say := func(name, lines string) *contestant {
		return &contestant{name: name, argv: []string{"echo", lines}, lines: firstNumber}
	}
	g := &group{file: "access.log", contestants: []*contestant{say(wc, "7 access.log"), say(replay, "6")}}
	err := g.measure(t.Context(), options{runs: 1, timeout: time.Minute}, t.TempDir(), new(strings.Builder))
	if err == nil || !strings.Contains(err.Error(), "splitgauge replay read 6 lines of access.log, wc -l 7") {
		t.Errorf("got %v", err)
	}
}

func TestUpdateDocumentWithoutMarkers(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.md")
	if err := os.WriteFile(name, []byte(benchMarkers.end+"\n"+benchMarkers.begin+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := updateDocument(name, benchMarkers, "text"); err == nil || !strings.Contains(err.Error(), "no line") {
		t.Errorf("got %v", err)
	}
}
