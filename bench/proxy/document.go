package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// replaceBetween puts text between two marks of a document.
func replaceBetween(name, begin, end, text string) error {
	document, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	head, rest, ok := bytes.Cut(document, []byte(begin))
	if !ok {
		return fmt.Errorf("cannot update %q: it has no %q", name, begin)
	}
	_, tail, ok := bytes.Cut(rest, []byte(end))
	if !ok {
		return fmt.Errorf("cannot update %q: it has no %q after %q", name, end, begin)
	}
	return os.WriteFile(name, fmt.Appendf(nil, "%s%s%s\n%s%s", head, begin, strings.TrimRight(text, "\n"), end, tail), 0o644)
}

// writeMachine names what the figures of a part were measured on.
func writeMachine(ctx context.Context, w io.Writer, o options) {
	fmt.Fprintf(w, "Measured %s on %s, %d cores, Linux %s, %s; medians of %d alternating runs. Our proxy: `%s`. ",
		time.Now().UTC().Format(time.DateOnly), processor(), runtime.NumCPU(), kernel(), runtime.Version(), o.runs, o.own)
	fmt.Fprintf(w, "Programs: %s.\n", strings.Join(versions(ctx, o), "; "))
}

// versions returns the first line of what programs say of themselves.
func versions(ctx context.Context, o options) (found []string) {
	for _, argv := range [][]string{{o.agent, "version"}, {"haproxy", "-v"}, {"nginx", "-v"}, {"wrk", "-v"}} {
		path := argv[0]
		if path != o.agent {
			var err error
			if path, err = find(argv[0], argv[0]); err != nil {
				continue
			}
		}
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		output, _ := exec.CommandContext(ctx, path, argv[1:]...).CombinedOutput() // wrk -v fails
		cancel()
		line, _, _ := strings.Cut(strings.TrimSpace(string(output)), "\n")
		line, _, _ = strings.Cut(line, " - https:")
		line, _, _ = strings.Cut(line, " [")
		if line != "" {
			found = append(found, line)
		}
	}
	return found
}

func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "of unknown version"
	}
	return strings.TrimSpace(string(release))
}
