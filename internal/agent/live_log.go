package agent

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/internal/checkpoint"
	"github.com/splitgauge/splitgauge/tailer"
)

// liveLog is one log that is being read: where its lines come from, and what has
// been counted of them. What was counted and the place up to which it was are
// one unit, under one lock.
type liveLog struct {
	name     string
	created  time.Time
	follower *tailer.Follower // nil for a syslog socket
	syslog   *tailer.Syslog   // nil for a file
	notices  *notices
	now      func() time.Time

	stop    context.CancelFunc
	stopped chan struct{} // closed when run has returned

	mu      sync.Mutex // protects what follows
	formats *formats
	how     *told // nil until there is a line to tell it from
	shard   *aggregator.Shard
	counter *counter
	place   tailer.Place
	counted time.Time // when the last lines were
	changes int64     // how often what was counted has changed
	dropped int64     // datagrams, by sockets before this one
}

// newShard returns an empty shard for logs that are read by f. What nginx's
// configuration names holds a slot whatever comes first.
func newShard(f *formats) *aggregator.Shard {
	return aggregator.NewShard(aggregator.Config{
		Hosts:    f.config.Hosts,
		Paths:    true,
		Windows:  true,
		Variants: f.variantValues(),
		Servers:  f.declaredServers(),

		Experiments: f.experiments(),
	})
}

// setShard makes shard what the log is counted into from now on.
func (l *liveLog) setShard(shard *aggregator.Shard) {
	l.shard = shard
	l.counter = newCounter(shard)
	l.counter.fault = l.notices.fault
}

// run reads the log until ctx ends.
func (l *liveLog) run(ctx context.Context) {
	defer close(l.stopped)
	for {
		batch, err := l.next(ctx)
		if err != nil {
			return
		}
		l.count(batch)
		batch.Release()
		l.notices.flush()
	}
}

func (l *liveLog) next(ctx context.Context) (*tailer.Batch, error) {
	if l.syslog != nil {
		return l.syslog.Next(ctx)
	}
	return l.follower.Next(ctx)
}

// count counts the lines of a batch, and moves the place behind them.
func (l *liveLog) count(batch *tailer.Batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle(batch)
	l.counted = l.now()
	l.changes++
	l.shard.SetNow(l.counted.UnixMilli())
	if l.how != nil {
		l.counter.count(batch, *l.how)
	}
	if l.follower != nil {
		l.follower.Place(&l.place)
	}
}

// settle tells the format from the first lines, where neither nginx's
// configuration nor what the file held before said it.
func (l *liveLog) settle(batch *tailer.Batch) {
	if l.how == nil {
		l.how = l.formats.tellLive(l.name, batch.Head(headLines))
	}
}

// reread makes the log be read by other formats, from the next batch on.
// Nothing that was counted changes.
func (l *liveLog) reread(f *formats) {
	l.mu.Lock()
	defer l.mu.Unlock()
	shard := newShard(f)
	shard.SetNow(l.now().UnixMilli())
	shard.Restore(l.shard.Snapshot())
	l.setShard(shard)
	l.changes++
	l.formats, l.how = f, f.tellFile(l.name)
}

// checkpoint returns what is to be kept of the log.
func (l *liveLog) checkpoint() checkpoint.Log {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := checkpoint.Log{Name: l.name, Created: l.created, Counted: l.shard.Snapshot()}
	if l.follower != nil {
		place := l.place
		place.Files, place.Lost = slices.Clone(place.Files), maps.Clone(place.Lost)
		kept.Place = &place
	} else {
		kept.Dropped = l.dropped + l.syslog.Dropped()
	}
	return kept
}

// end stops reading, after the batch in hand.
func (l *liveLog) end() {
	if l.stop != nil { // nil before it was started
		l.stop()
		<-l.stopped
	}
	if l.follower != nil {
		l.follower.Close()
		return
	}
	l.syslog.Close()
	for { // what has been received already
		batch, err := l.syslog.Next(context.Background())
		if err != nil {
			return
		}
		l.count(batch)
		batch.Release()
	}
}

// tellLive settles how a log is read: by what nginx's configuration or a flag
// says of its name, else by its first lines; nil where there are none.
func (f *formats) tellLive(name string, lines [][]byte) *told {
	how := f.choose(&tailer.Source{Name: name}, lines)
	if len(lines) == 0 && f.fixed == nil && (f.nginx == nil || f.nginx.logOf(name) == nil) {
		return nil
	}
	return &how
}

// tellFile is tellLive with the lines that a file begins with, if it is there.
func (f *formats) tellFile(name string) *told {
	sources, _ := tailer.Discover([]string{name}, f.config.Reader, tailer.Events{})
	var lines [][]byte
	if len(sources) == 1 && sources[0].Size > 0 {
		lines, _ = sources[0].Head(headLines, headBytes)
	}
	return f.tellLive(name, lines)
}

// touch waits for the lock.
func (l *liveLog) touch() {
	l.mu.Lock()
	defer l.mu.Unlock()
}
