package tailer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// received is what came out of a Syslog.
type received struct {
	lines   []string
	defects []Defect
	bytes   int64
	flaws   []int64
}

// receiver listens, and checks what must hold of any batch.
type receiver struct {
	*Syslog
	t        *testing.T
	sequence int
	received
}

func listen(t *testing.T, address string, config Config) *receiver {
	t.Helper()
	s, err := ListenSyslog(address, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return &receiver{Syslog: s, t: t}
}

// patience is how long what must happen may take.
const patience = 20 * time.Second

// next reads a batch; false where there is none before ctx ends or after Close.
func (r *receiver) next(ctx context.Context) bool {
	r.t.Helper()
	b, err := r.Next(ctx)
	if err != nil {
		if !errors.Is(err, ctx.Err()) && !errors.Is(err, net.ErrClosed) {
			r.t.Fatal(err)
		}
		return false
	}
	if b.Sequence != r.sequence || b.Source.Name != r.source.Name {
		r.t.Fatalf("batch %d has sequence %d, of %q", r.sequence, b.Sequence, b.Source.Name)
	}
	r.sequence++
	if r.bytes += b.Bytes(); r.bytes != b.End {
		r.t.Fatalf("batches add up to %d bytes, and the last ends at %d", r.bytes, b.End)
	}
	before := len(r.lines)
	for line, defect, ok := b.Next(); ok; line, defect, ok = b.Next() {
		r.lines = append(r.lines, string(line))
		r.defects = append(r.defects, defect)
		if defect != Whole {
			r.flaws = append(r.flaws, b.FlawOffset())
		}
	}
	if len(r.lines) == before {
		r.t.Fatal("a batch has no lines")
	}
	b.Release()
	return true
}

// until reads until enough says so.
func (r *receiver) until(enough func() bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for !enough() {
		if !r.next(ctx) {
			r.t.Fatalf("%d lines after %v, and %d datagrams dropped", len(r.lines), patience, r.Dropped())
		}
	}
}

func (r *receiver) untilLines(count int) {
	r.t.Helper()
	r.until(func() bool { return len(r.lines) >= count })
}

// untilQueued waits until something has been received, and leaves it there.
func (r *receiver) untilQueued() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	isQueued := func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.queue) > 0 && r.queue[0].bytes > 0
	}
	for !isQueued() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			r.t.Fatal("nothing arrives")
		}
	}
}

func dial(t testing.TB, address string) net.Conn {
	t.Helper()
	kind, where, _ := strings.Cut(address, ":")
	if kind == "unix" {
		kind = "unixgram"
	}
	connection, err := net.Dial(kind, where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return connection
}

func send(t testing.TB, to net.Conn, datagram string) {
	t.Helper()
	if _, err := to.Write([]byte(datagram)); err != nil {
		t.Fatal(err)
	}
}

// addresses returns one of each kind.
func syslogAddresses(t testing.TB) map[string]string {
	t.Helper()
	connection, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	return map[string]string{
		"unix": "unix:" + filepath.Join(t.TempDir(), "s"),
		"udp":  "udp:" + connection.LocalAddr().String(),
	}
}

const syslogHeader = "<190>Nov 25 10:15:00 web1 nginx: "

func TestSyslogLines(t *testing.T) {
	for kind, address := range syslogAddresses(t) {
		t.Run(kind, func(t *testing.T) {
			r := listen(t, address, Config{})
			long := strings.Repeat("x", 65000)
			want := []string{"GET /", "", "a\nb\r\n", "\x00", long, long, long, long, long, "no header", "end"}
			bytes := 0
			go func() {
				connection := dial(t, address)
				for _, line := range want {
					datagram := syslogHeader + line
					if line == "no header" {
						datagram = line
					}
					if _, err := connection.Write([]byte(datagram)); err != nil {
						t.Error(err)
					}
				}
				if _, err := connection.Write(nil); err != nil { // an empty one is a line too
					t.Error(err)
				}
			}()
			for _, line := range want {
				bytes += len(line) + len(syslogHeader)
			}
			bytes -= len(syslogHeader) // of "no header"
			r.untilLines(len(want) + 1)
			if !slices.Equal(r.lines, append(want, "")) {
				t.Errorf("got %.40q", r.lines)
			}
			if r.bytes != int64(bytes) {
				t.Errorf("%d bytes, want %d", r.bytes, bytes)
			}
			if slices.ContainsFunc(r.defects, func(d Defect) bool { return d != Whole }) {
				t.Errorf("defects %v", r.defects)
			}
		})
	}
}

func TestSyslogTooLong(t *testing.T) {
	directory := t.TempDir()
	address := "unix:" + filepath.Join(directory, "s")
	r := listen(t, address, Config{MaxLine: 1000})
	connection := dial(t, address)
	for _, size := range []int{1000, 1001, 70_000, 10} {
		send(t, connection, syslogHeader+strings.Repeat("x", size))
	}
	r.untilLines(4)
	var sizes []int
	for _, line := range r.lines {
		sizes = append(sizes, len(line))
	}
	header := int64(len(syslogHeader))
	if !slices.Equal(sizes, []int{1000, headBytes, headBytes, 10}) ||
		!slices.Equal(r.defects, []Defect{Whole, TooLong, TooLong, Whole}) ||
		!slices.Equal(r.flaws, []int64{2*header + 1000, 3*header + 2001}) {
		t.Errorf("got lines of %d bytes, defects %v at %d", sizes, r.defects, r.flaws)
	}
}

// TestSyslogManySenders: every line arrives once, and those of one sender in
// their order, while senders wait for room.
func TestSyslogManySenders(t *testing.T) {
	const senders, each = 4, 5000
	address := "unix:" + filepath.Join(t.TempDir(), "s")
	r := listen(t, address, Config{})
	var wait sync.WaitGroup
	for sender := range senders {
		connection := dial(t, address)
		wait.Go(func() {
			for n := range each {
				if _, err := fmt.Fprintf(connection, "%s%d %d", syslogHeader, sender, n); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	r.untilLines(senders * each)
	wait.Wait()
	var next [senders]int
	for _, line := range r.lines {
		var sender, n int
		if _, err := fmt.Sscan(line, &sender, &n); err != nil || n != next[sender] {
			t.Fatalf("got %q (%v), want number %d", line, err, next[sender])
		}
		next[sender]++
	}
}

// TestSyslogCountsDrops sends much more than there is room for before anything
// is read: what has not been dropped arrives, and all the rest is counted, the
// last ones too.
func TestSyslogCountsDrops(t *testing.T) {
	address := syslogAddresses(t)["udp"]
	r := listen(t, address, Config{})
	connection := dial(t, address)
	const sent = 2000
	datagram := []byte(syslogHeader + strings.Repeat("x", 60_000))
	for range sent {
		if _, err := connection.Write(datagram); err != nil {
			t.Fatal(err)
		}
	}
	dropped := r.Dropped()
	if dropped == 0 || dropped >= sent {
		t.Fatalf("%d of %d datagrams were dropped", dropped, sent)
	}
	r.untilLines(sent - int(dropped))
	if got := len(r.lines) + int(r.Dropped()); got != sent {
		t.Errorf("%d lines and %d drops, want %d together", len(r.lines), r.Dropped(), sent)
	}
	// It goes on.
	send(t, connection, syslogHeader+"on")
	r.untilLines(sent - int(dropped) + 1)
	if last := r.lines[len(r.lines)-1]; last != "on" || r.Dropped() != dropped {
		t.Errorf("got %.20q, and %d drops, want %d", last, r.Dropped(), dropped)
	}
	r.Close()
	if r.Dropped() != dropped {
		t.Errorf("after Close %d drops, want %d", r.Dropped(), dropped)
	}
}

// TestSyslogQueueIsBounded: with nobody reading, a sender has to wait in the
// end, and nothing is lost by it.
func TestSyslogQueueIsBounded(t *testing.T) {
	address := "unix:" + filepath.Join(t.TempDir(), "s")
	r := listen(t, address, Config{})
	connection := dial(t, address)
	datagram := []byte(strings.Repeat("x", 60_000))
	sent := 0
	for ; ; sent++ {
		if err := connection.SetWriteDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, err := connection.Write(datagram); errors.Is(err, os.ErrDeadlineExceeded) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if size := sent * len(datagram); size > 2*maxQueue {
			t.Fatalf("%d bytes are kept", size)
		}
	}
	r.untilLines(sent)
	if err := connection.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	send(t, connection, "on")
	r.untilLines(sent + 1)
}

func TestSyslogNextEnds(t *testing.T) {
	for kind, address := range syslogAddresses(t) {
		t.Run(kind, func(t *testing.T) {
			r := listen(t, address, Config{})
			ctx, cancel := context.WithCancel(context.Background())
			result := make(chan error)
			go func() {
				_, err := r.Next(ctx)
				result <- err
			}()
			cancel()
			if err := <-result; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}

			// What has been received is handed out after Close, and not before,
			// or reading would never end where lines go on to come.
			connection := dial(t, address)
			send(t, connection, "first")
			r.untilLines(1)
			send(t, connection, "second")
			r.untilQueued()
			if _, err := r.Next(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			r.Close()
			r.Close()
			for r.next(ctx) {
			}
			if !slices.Equal(r.lines, []string{"first", "second"}) {
				t.Errorf("got %q", r.lines)
			}
			if _, err := r.Next(context.Background()); !errors.Is(err, net.ErrClosed) {
				t.Errorf("got %v", err)
			}
			listen(t, address, Config{}) // the address is free again
		})
	}
}

// TestSyslogLeavesNothing opens and closes many times, with batches under way.
func TestSyslogLeavesNothing(t *testing.T) {
	address := "unix:" + filepath.Join(t.TempDir(), "s")
	descriptors := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	before := 0
	for round := range 200 {
		s, err := ListenSyslog(address, Config{})
		if err != nil {
			t.Fatal(err)
		}
		connection, err := net.Dial("unixgram", strings.TrimPrefix(address, "unix:"))
		if err != nil {
			t.Fatal(err)
		}
		send(t, connection, "line")
		connection.Close()
		s.Close()
		if round == 0 {
			before = descriptors() // the poller has some of its own by now
		}
	}
	if after := descriptors(); after > before {
		t.Errorf("%d descriptors are open, %d were", after, before)
	}
	if _, err := os.Lstat(strings.TrimPrefix(address, "unix:")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestSyslogSocketFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	address := "unix:" + path
	kind := func() fs.FileMode {
		info, err := os.Lstat(path)
		if err != nil {
			return 0
		}
		return info.Mode()
	}
	refused := func(what string) {
		t.Helper()
		before := kind()
		s, err := ListenSyslog(address, Config{})
		if err == nil {
			s.Close()
			t.Errorf("%s: it was replaced", what)
		} else if !strings.Contains(err.Error(), address) {
			t.Errorf("%s: the error is %q", what, err)
		}
		if kind() != before {
			t.Errorf("%s: it is %v and was %v", what, kind(), before)
		}
	}

	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("a file")
	_ = os.Remove(path)
	if err := os.Symlink("elsewhere", path); err != nil {
		t.Fatal(err)
	}
	refused("a link")
	_ = os.Remove(path)
	stream, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	refused("somebody's socket for streams")
	stream.(*net.UnixListener).SetUnlinkOnClose(false)
	stream.Close()
	if kind().Type() != fs.ModeSocket {
		t.Fatalf("the stale socket is %v", kind())
	}

	r := listen(t, address, Config{}) // in place of the stale one
	if kind() != fs.ModeSocket|0o666 {
		t.Errorf("the socket is %v, and nginx's workers must be able to write to it", kind())
	}
	refused("our own socket")
	send(t, dial(t, address), "line")
	r.untilLines(1)

	// What somebody has put in its place is not removed.
	_ = os.Remove(path)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r.Close()
	if kind() != 0o600 {
		t.Errorf("somebody's file is now %v", kind())
	}
}

func TestListenSyslogRefuses(t *testing.T) {
	for _, address := range []string{
		"", "unix", "unix:", "unix:relative", "unix:@abstract", "unix:/" + strings.Repeat("x", 107), "unix:/no/such/directory/s",
		"udp:", "udp:5140", "udp:127.0.0.1", "udp:127.0.0.1:0", "udp:127.0.0.1:65536", "udp:127.0.0.1:x", "udp:web1:514", "udp:localhost",
		"udp:0.0.0.0:5140", "udp::5140", "udp:[::]:5140", "udp:10.0.0.1:5140", "udp:[::ffff:10.0.0.1]:5140", "udp:255.255.255.255:514",
		"tcp:127.0.0.1:5140", "127.0.0.1:5140", "/run/s",
	} {
		s, err := ListenSyslog(address, Config{})
		if err == nil {
			s.Close()
			t.Errorf("%q is taken", address)
		} else if !strings.Contains(err.Error(), fmt.Sprintf("%q", address)) {
			t.Errorf("%q: the error is %q", address, err)
		}
	}
	for text, want := range map[string]string{"localhost:5140": "127.0.0.1:5140", "127.9.9.9:1": "127.9.9.9:1", "[::1]:5140": "[::1]:5140"} {
		if got, err := loopbackAddress(text); err != nil || got.String() != want {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}

func TestSyslogBatchesAreOverwritten(t *testing.T) {
	if !poisoned {
		return
	}
	address := "unix:" + filepath.Join(t.TempDir(), "s")
	r := listen(t, address, Config{})
	send(t, dial(t, address), syslogHeader+"kept too long")
	b, err := r.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := b.Next()
	b.Release()
	if !bytes.Equal(line, bytes.Repeat([]byte{0xCC}, len(line))) {
		t.Errorf("a released line is %q", line)
	}
}

func TestSyslogAllocs(t *testing.T) {
	address := "unix:" + filepath.Join(t.TempDir(), "s")
	r := listen(t, address, Config{})
	connection := dial(t, address)
	datagram := []byte(syslogHeader + "GET /")
	one := func() {
		if _, err := connection.Write(datagram); err != nil {
			t.Fatal(err)
		}
		b, err := r.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		b.Release()
	}
	if got := testing.AllocsPerRun(100, one); got > 1 { // of Read, of the function that it is given
		t.Errorf("%v allocations a datagram", got)
	}
}
