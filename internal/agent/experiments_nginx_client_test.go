package agent

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// siteRequest is a request of a client.
type siteRequest struct{ client, path string }

// siteCrowd returns the requests of so many clients, in an order in which clients
// come and go at random. Most clients make a few requests, some of them hundreds;
// what each asks for takes about the same time.
func siteCrowd(random *rand.Rand, clients int) (requests []siteRequest) {
	const most = 300 // requests of a client
	for client := range clients {
		address := fmt.Sprintf("10.%d.%d.%d", client>>16, client>>8&255, client&255)
		delay := random.IntN(len(siteDelays))
		activity := min(most, 1+int(2*math.Exp(1.2*random.NormFloat64())))
		for number := range activity {
			if random.IntN(4) == 0 {
				delay = random.IntN(len(siteDelays))
			}
			requests = append(requests, siteRequest{address, fmt.Sprintf("/%d/?n=%d", delay, number)})
		}
	}
	random.Shuffle(len(requests), func(i, j int) { requests[i], requests[j] = requests[j], requests[i] })
	return requests
}

// siteTruth is what the clients were answered, by variant as nginx told them.
type siteTruth map[string]*siteCounts

// siteCounts are what the clients of a variant were answered.
type siteCounts struct {
	requests, errors int64
	clients          map[string]bool
}

func (truth siteTruth) of(variant string) *siteCounts {
	c := truth[variant]
	if c == nil {
		c = &siteCounts{clients: map[string]bool{}}
		truth[variant] = c
	}
	return c
}

// sorted returns the clients, always in the same order.
func (c *siteCounts) sorted() []string { return slices.Sorted(maps.Keys(c.clients)) }

func (truth siteTruth) add(other siteTruth) {
	for variant, counts := range other {
		c := truth.of(variant)
		c.requests += counts.requests
		c.errors += counts.errors
		for client := range counts.clients {
			c.clients[client] = true
		}
	}
}

// sendSite makes requests over connections that stay open, and returns what came
// of them.
func sendSite(t *testing.T, address string, connections int, requests []siteRequest) siteTruth {
	t.Helper()
	var next atomic.Int64
	var group sync.WaitGroup
	truths, problems := make([]siteTruth, connections), make([]error, connections)
	for i := range connections {
		group.Go(func() {
			truths[i] = siteTruth{}
			problems[i] = sendSome(address, requests, &next, truths[i])
		})
	}
	group.Wait()
	if err := errors.Join(problems...); err != nil {
		t.Fatal(err)
	}
	truth := siteTruth{}
	for _, some := range truths {
		truth.add(some)
	}
	return truth
}

// sendSome makes those of the requests that are next, over one connection.
func sendSome(address string, requests []siteRequest, next *atomic.Int64, truth siteTruth) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	reader := bufio.NewReader(conn)
	var text []byte
	for {
		number := int(next.Add(1)) - 1
		if number >= len(requests) {
			return nil
		}
		r := &requests[number]
		text = fmt.Appendf(text[:0], "GET %s HTTP/1.1\r\nHost: site\r\nX-Forwarded-For: %s\r\n\r\n", r.path, r.client)
		if _, err := conn.Write(text); err != nil {
			return err
		}
		status, variant, err := readAnswer(reader)
		if err != nil {
			return err
		}
		counts := truth.of(variant)
		counts.requests++
		counts.clients[r.client] = true
		if status >= 500 {
			counts.errors++
		}
	}
}

// readAnswer reads an answer to its end. net/http would take most of a processor
// here, which nginx needs.
func readAnswer(reader *bufio.Reader) (status int, variant string, err error) {
	length := -1
	for first := true; ; first = false {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return 0, "", err
		}
		line = bytes.TrimRight(line, "\r\n")
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case first && len(line) >= 12:
			status, err = strconv.Atoi(string(line[9:12]))
		case string(name) == "Content-Length":
			length, err = strconv.Atoi(string(value))
		case string(name) == "X-Variant":
			variant = string(value)
		case len(line) == 0 && length >= 0:
			_, err := io.CopyN(io.Discard, reader, int64(length))
			return status, variant, err
		case len(line) == 0:
			return 0, "", fmt.Errorf("an answer with status %d has no length", status)
		}
		if err != nil {
			return 0, "", fmt.Errorf("cannot read the answer's %q: %w", line, err)
		}
	}
}
