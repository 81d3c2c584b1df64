package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// A sample is one run of one program.
type sample struct {
	wall time.Duration
	peak int64 // KiB, the largest of the process and what it waited for
}

// measure runs the group's programs in turns: A B C, A B C, and so on. The
// first turn warms the page cache and is not measured; it also makes sure that
// those who say how many lines they have read agree.
func (g *group) measure(ctx context.Context, o options, scratch string, progress io.Writer) error {
	wantLines := int64(-1)
	for turn := 0; turn <= o.runs; turn++ {
		for _, c := range g.contestants {
			if c.missing {
				continue
			}
			one, stdout, err := c.run(ctx, o.timeout, scratch)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if turn > 0 {
				c.samples = append(c.samples, one)
				continue
			}
			fmt.Fprintf(progress, "  %s: %.2f s\n", c.name, one.wall.Seconds())
			if c.lines == nil {
				continue
			}
			lines, err := c.readLines(stdout)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if wantLines < 0 {
				wantLines = lines
			}
			if lines != wantLines {
				return fmt.Errorf("%s read %d lines of %s, %s %d: a wrong answer has no speed",
					c.name, lines, g.file, g.contestants[0].name, wantLines)
			}
		}
	}
	return nil
}

// run runs c once. Its output goes to a file and not through a pipe, so that
// the harness takes no processor time while c runs.
func (c *contestant) run(ctx context.Context, timeout time.Duration, scratch string) (one sample, stdout string, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out, err := os.Create(filepath.Join(scratch, "stdout"))
	if err != nil {
		return one, "", err
	}
	defer out.Close()
	diagnostics, err := os.Create(filepath.Join(scratch, "stderr"))
	if err != nil {
		return one, "", err
	}
	defer diagnostics.Close()

	command := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	command.Stdout, command.Stderr = out, diagnostics
	command.Env = append(os.Environ(), "HOME="+scratch, "LC_ALL=C")
	start := time.Now()
	err = command.Run()
	one.wall = time.Since(start)
	if c.answers && (command.ProcessState.ExitCode() == 4 || command.ProcessState.ExitCode() == 5) {
		err = nil
	}
	if err != nil {
		head := make([]byte, 500)
		n, _ := diagnostics.ReadAt(head, 0)
		return one, "", fmt.Errorf("%w: %s", err, head[:n])
	}
	if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
		one.peak = usage.Maxrss // KiB on Linux
	}
	return one, out.Name(), nil
}

func (c *contestant) readLines(stdout string) (int64, error) {
	text, err := os.ReadFile(stdout)
	if err != nil {
		return 0, err
	}
	return c.lines(text)
}

// ownPeak returns the harness's own peak memory in KiB. A child starts out in
// the memory of its parent, so that no child can be seen below it.
func ownPeak() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return usage.Maxrss
}

// median returns the middle wall time, the mean of the middle two of an even
// number.
func (c *contestant) median() time.Duration {
	walls := c.walls()
	middle := len(walls) / 2
	if len(walls)%2 == 1 {
		return walls[middle]
	}
	return (walls[middle-1] + walls[middle]) / 2
}

// walls returns the wall times, sorted.
func (c *contestant) walls() []time.Duration {
	walls := make([]time.Duration, 0, len(c.samples))
	for _, s := range c.samples {
		walls = append(walls, s.wall)
	}
	slices.Sort(walls)
	return walls
}

// peak returns the largest peak of all runs, in KiB.
func (c *contestant) peak() int64 {
	return slices.MaxFunc(c.samples, func(a, b sample) int { return cmp.Compare(a.peak, b.peak) }).peak
}

// ratio returns the ratio of medians.
func (c *contestant) ratio(to *contestant) float64 {
	return c.median().Seconds() / to.median().Seconds()
}
