package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"
)

// costs lets splitgauge, the bare library and mtail follow one log at the same
// time.
func costs(o options, scratch string, c *corpus, out *bytes.Buffer) error {
	log := filepath.Join(scratch, "access.log")
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := c.write(file, 1000); err != nil {
		return err
	}
	splitgauge, err := startAgent(o, scratch, log, false)
	if err != nil {
		return err
	}
	defer splitgauge.stop()
	bare, err := start("bare nxadm/tail", o.tail, log)
	if err != nil {
		return err
	}
	defer bare.stop()
	processes := []*process{splitgauge.process, bare}
	if mtail := installed("mtail"); mtail != "" {
		address, err := freeAddress()
		if err != nil {
			return err
		}
		_, port, _ := bytes.Cut([]byte(address), []byte(":"))
		other, err := start("mtail", mtail, "--progs", o.program, "--logs", log, "--address", "127.0.0.1", "--port", string(port))
		if err != nil {
			return err
		}
		defer other.stop()
		processes = append(processes, other)
	}
	if err := until(30*time.Second, func() bool { _, _, _, ok := splitgauge.counted(); return ok }); err != nil {
		return fmt.Errorf("splitgauge does not answer: %w: %s", err, splitgauge.output.String())
	}

	stop, written := make(chan struct{}), make(chan error, 1)
	var lines atomic.Int64
	go func() { written <- c.writeAtRate(file, o.rate, stop, lines.Store) }()
	warm := time.NewTimer(2 * time.Second) // compiled patterns, learned layouts
	<-warm.C
	before, beginLines := make([]time.Duration, len(processes)), lines.Load()
	for i, p := range processes {
		if before[i], err = p.cpu(); err != nil {
			return err
		}
	}
	begin := time.Now()
	time.Sleep(o.length)
	count := lines.Load() - beginLines
	wall := time.Since(begin)
	fmt.Fprintf(out, "### %d lines a second, written one at a time, %.0f s\n\n| program | CPU µs a line | × bare library | of one CPU |\n|---|--:|--:|--:|\n", o.rate, o.length.Seconds())
	var perLine []float64
	for i, p := range processes {
		after, err := p.cpu()
		if err != nil {
			return err
		}
		perLine = append(perLine, float64((after-before[i]).Nanoseconds())/float64(count)/1000)
		_ = wall
	}
	for i, p := range processes {
		fmt.Fprintf(out, "| %s | %.2f | %.2f | %.1f %% |\n", p.name, perLine[i], perLine[i]/perLine[1], perLine[i]*float64(count)/wall.Seconds()/1e4)
	}
	lags, err := lag(splitgauge, &lines)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nA line is counted, and can be scraped, %d ms (median), %d ms (p99), %d ms (at most) after it was written: %d samples at that rate.\n\n",
		lags[len(lags)/2].Milliseconds(), lags[len(lags)*99/100].Milliseconds(), lags[len(lags)-1].Milliseconds(), len(lags))
	close(stop)
	return <-written
}

// lag measures how long it takes until what has been written is published.
func lag(a *agent, written *atomic.Int64) ([]time.Duration, error) {
	const base = 0 // the agent begins at the end of what was there before
	var lags []time.Duration
	for range 300 {
		want, begin := written.Load()+base, time.Now()
		err := until(20*time.Second, func() bool {
			counted, _, _, ok := a.counted()
			return ok && counted >= want
		})
		if err != nil {
			return nil, fmt.Errorf("what was written is never counted: %w", err)
		}
		lags = append(lags, time.Since(begin))
	}
	slices.Sort(lags)
	return lags, nil
}

// backlog measures how fast what is there at the start is read.
func backlog(o options, scratch string, c *corpus, out *bytes.Buffer) error {
	fmt.Fprintf(out, "### A backlog of %d lines (%.0f MB), from start to the first scrape\n\n", c.lines(), float64(len(c.text))/1e6)
	var rates []float64
	for turn := range 5 {
		directory := filepath.Join(scratch, fmt.Sprintf("backlog%d", turn))
		if err := os.Mkdir(directory, 0o700); err != nil {
			return err
		}
		begin := time.Now()
		a, err := startAgent(o, directory, o.absolute(), true)
		if err != nil {
			return err
		}
		var lines int64
		err = until(time.Minute, func() bool {
			counted, _, _, ok := a.counted()
			lines = counted
			return ok
		})
		rates = append(rates, float64(lines)/time.Since(begin).Seconds()/1e6)
		a.stop()
		if err != nil {
			return err
		}
	}
	slices.Sort(rates)
	fmt.Fprintf(out, "%.2f M lines/s (median of %d; %.2f to %.2f), the start of the process and polling included.\n\n", rates[len(rates)/2], len(rates), rates[0], rates[len(rates)-1])
	return nil
}

func (o options) absolute() string {
	name, err := filepath.Abs(o.data)
	if err != nil {
		return o.data
	}
	return name
}

// memory appends the log to itself again and again, and looks at the resident
// set, and at what a scrape takes.
func memory(o options, scratch string, c *corpus, out *bytes.Buffer) error {
	directory := filepath.Join(scratch, "memory")
	if err := os.Mkdir(directory, 0o700); err != nil {
		return err
	}
	log := filepath.Join(directory, "access.log")
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	a, err := startAgent(o, directory, log, true)
	if err != nil {
		return err
	}
	defer a.stop()
	fmt.Fprintf(out, "### Memory over %d lines\n\n| lines | resident MiB |\n|--:|--:|\n", o.backlogs*c.lines())
	want := int64(0)
	for range o.backlogs {
		if _, err := file.Write(c.text); err != nil {
			return err
		}
		want += int64(c.lines())
		err := until(2*time.Minute, func() bool { lines, _, _, ok := a.counted(); return ok && lines >= want })
		if err != nil {
			return err
		}
		now, _, err := a.memory()
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "| %d | %.1f |\n", want, float64(now)/1024)
	}
	_, peak, err := a.memory()
	if err != nil {
		return err
	}
	var scrapes []time.Duration
	series := 0
	for range 200 {
		_, n, took, ok := a.counted()
		if !ok {
			return fmt.Errorf("a scrape failed")
		}
		series = n
		scrapes = append(scrapes, took)
	}
	slices.Sort(scrapes)
	fmt.Fprintf(out, "\nAt most %.1f MiB. A scrape of %d samples takes %.1f ms (median of %d, over HTTP; p99 %.1f ms).\n",
		float64(peak)/1024, series, scrapes[100].Seconds()*1000, len(scrapes), scrapes[198].Seconds()*1000)
	return nil
}
