package advise

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// Bounds of those who ask.
const (
	answerTime      = 2 * time.Second // for a question and its answer together
	longestQuestion = 1024            // bytes, with the line feed
	mostAskers      = 256             // at once; more are closed unanswered, and HAProxy asks again
	acceptPause     = 50 * time.Millisecond
)

// serve answers questions until ctx ends.
func (a *Adviser) serve(ctx context.Context) error {
	defer a.listener.Close()
	defer context.AfterFunc(ctx, func() { a.listener.Close() })()
	var answering sync.WaitGroup
	defer answering.Wait()
	places := make(chan struct{}, mostAskers)
	for {
		conn, err := a.listener.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("cannot go on with agent checks on %q: %w", a.listener.Addr(), err)
		case err != nil: // no descriptor is left, mostly: that passes
			pause(ctx, acceptPause)
			continue
		}
		select {
		case places <- struct{}{}:
			answering.Go(func() {
				defer func() { <-places }()
				a.answer(ctx, conn)
			})
		default:
			a.denied.Add(1)
			conn.Close()
		}
	}
}

// answer reads a question, "pool/server" and a line feed, and answers it.
func (a *Adviser) answer(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	conn.SetDeadline(time.Now().Add(answerTime))
	question, err := bufio.NewReaderSize(io.LimitReader(conn, longestQuestion), longestQuestion).ReadString('\n')
	if err != nil { // too long, too slow, or without agent-send
		a.astray.Add(1)
		io.WriteString(conn, unknown)
		return
	}
	io.WriteString(conn, a.Answer(strings.TrimRight(question, "\r\n")))
}

// pause waits, but not longer than ctx.
func pause(ctx context.Context, length time.Duration) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
