// Command live measures splitgauge run, the agent, while a log is being written:
// processor time a line beside bare nxadm/tail and mtail on the same log at the
// same time, how late a line is counted, how fast a backlog is read, memory over
// many lines, and the time that a scrape takes. It prints Markdown, and with
// -update puts it into a document between two marker lines.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"time"
)

// options are the command line.
type options struct {
	data     string        // a log in the combined format
	binaries string        // directory of splitgauge
	tail     string        // baretail
	program  string        // of mtail
	rate     int           // lines a second
	length   time.Duration // of the measurement at that rate
	backlogs int           // how often the log is read for the measurement of memory
	update   string        // document to put the tables into
}

func main() {
	var o options
	flag.StringVar(&o.data, "data", "bench/data/combined.log", "a log in the combined format")
	flag.StringVar(&o.binaries, "bin", "bin", "directory of splitgauge")
	flag.StringVar(&o.tail, "tail", "bin/bench/baretail", "the bare library")
	flag.StringVar(&o.program, "mtail", "bench/compare/counters.mtail", "mtail's program")
	flag.IntVar(&o.rate, "rate", 50_000, "lines a second")
	flag.DurationVar(&o.length, "length", 30*time.Second, "how long at that rate")
	flag.IntVar(&o.backlogs, "backlogs", 10, "how often the log is read for memory")
	flag.StringVar(&o.update, "update", "", "document to put the tables into")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "live:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	lines, err := readLines(o.data)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "splitgauge-live-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	var out bytes.Buffer
	for _, part := range []func(options, string, *corpus, *bytes.Buffer) error{costs, backlog, memory} {
		if err := part(o, scratch, lines, &out); err != nil {
			return err
		}
	}
	os.Stdout.Write(out.Bytes())
	if o.update == "" {
		return nil
	}
	return replaceBetween(o.update, "<!-- live:begin -->\n", "<!-- live:end -->", out.String())
}

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
		return fmt.Errorf("cannot update %q: it has no %q", name, end)
	}
	return os.WriteFile(name, bytes.Join([][]byte{head, []byte(begin), []byte(text), []byte(end), tail}, nil), 0o644)
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// installed returns where a program is, or nothing.
func installed(name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}
