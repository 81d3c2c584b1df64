package proxy_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/splitgauge/splitgauge/proxy"
)

// childVariable is set where the test binary is to be a proxy instead, in a
// process of its own: with its own limits and its own memory.
const childVariable = "SPLITGAUGE_TEST_PROXY"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	if err := beProxy(); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(1)
	}
}

// childOrder is what a child is told by its first line: what to be.
type childOrder struct {
	Servers   []string
	Listeners []proxy.ListenerConfig
	Files     int // how many listeners it is handed, as descriptors from 3 on, for the first of Listeners
	Limit     int // descriptors that it may have on top of those that it begins with; 0: as many as usual
}

// childState is what a child says of itself when asked.
type childState struct {
	Addresses    []string
	Open         int
	Goroutines   int
	Descriptors  int
	Resident     int64 // bytes
	Accepted     int64
	AcceptErrors int64
	Shed         int64
	Blamed       int64 // failed dials that servers were blamed for
	Local        int64 // failed dials that were our fault
	Reasons      map[string]int64
}

// beProxy runs a proxy as ordered. Each further line is answered with the
// state; the end of input ends the proxy, and then the state is told once more.
func beProxy() error {
	input := json.NewDecoder(os.Stdin)
	output := json.NewEncoder(os.Stdout)
	var order childOrder
	if err := input.Decode(&order); err != nil {
		return err
	}
	config := one(order.Servers...)
	config.AccessLog = io.Discard
	config.Pools[0].Health.ConsecutiveFailures = -1 // servers that fail are to be used all the same
	config.Listeners = order.Listeners
	for i := range order.Files {
		listener, err := net.FileListener(os.NewFile(uintptr(3+i), "handed"))
		if err != nil {
			return err
		}
		config.Listeners[i].Listener = listener
	}
	var local, blamed atomic.Int64
	p, err := proxy.New(config, proxy.Events{DialFailed: func(_, _ string, _ error, ours bool) {
		if ours {
			local.Add(1)
		} else {
			blamed.Add(1)
		}
	}})
	if err != nil {
		return err
	}
	if order.Limit > 0 {
		limit := uint64(ownDescriptors() + order.Limit)
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	for {
		s := stateOf(p)
		s.Blamed, s.Local = blamed.Load(), local.Load()
		if err := output.Encode(s); err != nil {
			return err
		}
		var asked any
		if input.Decode(&asked) != nil {
			break
		}
	}
	stop()
	if err := <-ended; err != nil {
		return err
	}
	return output.Encode(stateOf(p))
}

func stateOf(p *proxy.Proxy) childState {
	stats := p.Stats()
	s := childState{Open: stats.Open, Goroutines: runtime.NumGoroutine(), Descriptors: ownDescriptors(), Resident: resident(),
		Reasons: map[string]int64{}}
	for _, l := range append(stats.Listeners, stats.Leaving...) {
		s.Addresses = append(s.Addresses, l.Address)
		s.Accepted += l.Accepted
		s.AcceptErrors += l.AcceptErrors
		s.Shed += l.Shed
		for _, pair := range l.Pairs {
			for reason, n := range pair.Closed {
				s.Reasons[reason.String()] += n
			}
		}
	}
	return s
}

// ownDescriptors returns how many descriptors are open, -1 if there is none left
// to find out with.
func ownDescriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(entries) - 1 // one is of the directory
}

// resident returns the resident memory in bytes, 0 if that is not to be had.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// child is a proxy in another process.
type child struct {
	t       testing.TB
	command *exec.Cmd
	orders  io.WriteCloser
	states  *json.Decoder
	ended   bool
}

// startChild runs a proxy in another process until the test ends, and returns
// once it takes connections.
func startChild(t testing.TB, order childOrder, files ...*os.File) (*child, childState) {
	t.Helper()
	c := &child{t: t, command: exec.Command(os.Args[0])}
	c.command.Env = append(os.Environ(), childVariable+"=1")
	c.command.Stderr = os.Stderr
	c.command.ExtraFiles = files
	order.Files = len(files)
	var err error
	if c.orders, err = c.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	output, err := c.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.states = json.NewDecoder(bufio.NewReader(output))
	if err := c.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.end() })
	c.say(order)
	return c, c.hear()
}

func (c *child) say(what any) {
	c.t.Helper()
	if err := json.NewEncoder(c.orders).Encode(what); err != nil {
		c.t.Fatalf("cannot tell the child anything: %v", err)
	}
}

func (c *child) hear() (s childState) {
	c.t.Helper()
	if err := c.states.Decode(&s); err != nil {
		c.t.Fatalf("the child says nothing: %v", err)
	}
	return s
}

// state asks the child for its state.
func (c *child) state() childState {
	c.t.Helper()
	c.say("state")
	return c.hear()
}

// end ends the child, and returns what was left of it at last.
func (c *child) end() (s childState) {
	if c.ended {
		return s
	}
	c.ended = true
	c.orders.Close()
	s = c.hear()
	if err := c.command.Wait(); err != nil {
		c.t.Errorf("the child ended with %v", err)
	}
	return s
}
