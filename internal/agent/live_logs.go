package agent

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/internal/checkpoint"
	"github.com/splitgauge/splitgauge/tailer"
)

// lookInterval is how often new files are looked for.
const lookInterval = time.Second

// corruptState is the cause of a state that could not be read.
const corruptState = "corrupt"

// openLogs opens every log, each where it was left, and keeps the places before
// the first line is read.
func (a *live) openLogs() error {
	if a.process.ProxiesAlone {
		a.created = a.now()
		a.caughtUp.Store(true)
		return nil
	}
	state, err := a.loadState()
	if err != nil {
		return err
	}
	first := state == nil
	if first {
		state = &checkpoint.State{Created: a.now()}
	}
	a.restore(state)
	kept := make(map[string]*checkpoint.Log)
	for i := range state.Logs {
		kept[state.Logs[i].Name] = &state.Logs[i]
	}
	var fresh []namedLog
	for _, named := range a.namedLogs(kept) {
		if kept[named.name] == nil {
			fresh = append(fresh, named)
			continue
		}
		if err := a.open(named, kept[named.name], true); err != nil {
			return err
		}
		delete(kept, named.name)
	}
	for _, log := range kept {
		a.log.Info("log is no longer configured; what was counted of it stays in the totals", "log", log.Name)
		a.addDeparted(log)
	}
	a.beginEpochs(a.experiments)
	for _, named := range fresh {
		if err := a.openFresh(named, first, state.Patterns); err != nil {
			return err
		}
	}
	a.spreadChanges()
	a.patterns = patternsOf(a.inputs)
	return a.save()
}

// openFresh opens a log at the start that the state does not know. A file that
// cannot be followed does not keep the others from being.
func (a *live) openFresh(named namedLog, first bool, patterns []string) error {
	if named.input.syslog != "" {
		return a.open(named, nil, false)
	}
	info, err := os.Stat(named.name)
	switch {
	case err != nil:
		a.log.Warn("log is not there yet, or cannot be looked at; it is read once it is there", "log", named.name, "error", err)
	case a.isRead(info):
		return nil
	}
	// What its pattern did not find when the state was written is new.
	beginning := a.conf.Reading.FromBeginning || !first && slices.Contains(patterns, named.input.pattern)
	if err := a.open(named, nil, beginning); err != nil {
		a.failed(named.name, err)
	}
	return nil
}

// patternsOf returns the names and globs that files are looked for by.
func patternsOf(inputs []liveInput) (patterns []string) {
	for _, input := range inputs {
		if input.pattern != "" {
			patterns = append(patterns, input.pattern)
		}
	}
	return patterns
}

// loadState returns the state that was kept, or nil where there is none or it
// cannot be read.
func (a *live) loadState() (*checkpoint.State, error) {
	state, err := a.store.Load()
	if corrupt, ok := errors.AsType[*checkpoint.CorruptError](err); ok {
		a.log.Error("the state cannot be read; counting begins anew, from the end of the logs", "error", corrupt)
		a.saved.Failures[corruptState]++
		return nil, nil
	}
	return state, err
}

// restore goes on from a state, but for its logs.
func (a *live) restore(state *checkpoint.State) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.created, a.left = state.Created, state.Left
	a.union = aggregator.NewUnion(state.Held)
	a.declareNames()
	if state.Departed != nil {
		a.departed = state.Departed
		a.departedSummary = a.summaryOfDeparted()
	}
}

// namedLog is a log and the input that it belongs to.
type namedLog struct {
	name  string
	input liveInput
}

// namedLogs returns the logs that are to be read now: those that inputs name,
// those that their globs match, and those of kept that they would match, since a
// log may be between two files. The first input that names a log has it.
func (a *live) namedLogs(kept map[string]*checkpoint.Log) (logs []namedLog) {
	add := func(name string, input liveInput) {
		if !slices.ContainsFunc(logs, func(l namedLog) bool { return l.name == name }) {
			logs = append(logs, namedLog{name, input})
		}
	}
	for _, input := range a.inputs {
		if input.syslog != "" {
			add(input.syslog, input)
			continue
		}
		names, err := tailer.LiveFiles(input.pattern)
		if err != nil {
			a.failed(input.pattern, err)
		}
		for _, name := range names {
			add(name, input)
		}
		for name := range kept {
			if input.matches(name) {
				add(name, input)
			}
		}
	}
	return logs
}

// failed says once that a log cannot be opened.
func (a *live) failed(name string, err error) {
	if !a.failing[name] {
		a.failing[name] = true
		a.log.Error("cannot follow the log; it is tried again every second", "log", name, "error", err)
	}
}

// open opens a log where it was left, if it was.
func (a *live) open(named namedLog, kept *checkpoint.Log, beginning bool) error {
	l := &liveLog{
		name:    named.name,
		created: a.now(),
		now:     a.now,
		stopped: make(chan struct{}),
		formats: named.input.formats,
	}
	l.notices = newNotices(a.now, func(n notice) { a.sayNotice(named.name, n) })
	l.setShard(newShard(l.formats))
	var place *tailer.Place
	if kept != nil {
		l.created, l.dropped, place = kept.Created, kept.Dropped, kept.Place
		l.shard.SetNow(a.now().UnixMilli())
		l.shard.Restore(kept.Counted)
	} else if named.input.syslog == "" {
		place = a.takeLeft(named.name)
	}
	var err error
	if named.input.syslog != "" {
		l.syslog, err = tailer.ListenSyslog(named.input.syslog, l.formats.config.Reader)
		if err != nil {
			return err
		}
		l.how = l.formats.tellLive(l.name, nil)
	} else {
		l.follower, err = tailer.Follow(l.name, place, beginning, a.followConfig(), a.followEvents(l.name))
		if err != nil {
			if kept == nil && place != nil {
				a.mu.Lock()
				a.leave(l.name, *place)
				a.mu.Unlock()
			}
			return err
		}
		l.follower.Place(&l.place)
		l.how = l.formats.tellFile(l.name)
	}
	delete(a.failing, l.name)
	a.mu.Lock()
	defer a.mu.Unlock()
	l.shard.SeeChanges(a.changes())
	a.logs[l.name] = l
	lines := l.shard.Summary().Lines
	a.rates[l.name] = parseRate{at: a.now(), total: lines.Total(), failed: lines.Unparsed}
	return nil
}

func (a *live) followConfig() tailer.FollowConfig {
	r := a.conf.Reading
	return tailer.FollowConfig{
		Config: tailer.Config{MaxLine: r.MaxLine, Buffers: 2},
		Poll:   r.Poll,
		Grace:  r.Grace,
		Linger: r.Linger,
	}
}

// startLogs begins to read all logs.
func (a *live) startLogs(ctx context.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.logs {
		l.start(ctx)
	}
}

// start begins to read the log.
func (l *liveLog) start(ctx context.Context) {
	ctx, l.stop = context.WithCancel(ctx)
	go l.run(ctx)
}

// endLogs stops reading. What was counted stays.
func (a *live) endLogs() {
	a.mu.Lock()
	logs := a.sorted()
	a.mu.Unlock()
	for _, l := range logs {
		l.end()
	}
}

// lookForLogs opens the logs that have appeared, and lets go of those whose file
// is gone.
func (a *live) lookForLogs(ctx context.Context) {
	for _, named := range a.namedLogs(nil) {
		if a.logs[named.name] != nil {
			continue
		}
		if named.input.syslog == "" && !a.isNew(named.name) {
			continue
		}
		// A file that was not there when its pattern was is read from its beginning.
		beginning := a.conf.Reading.FromBeginning || slices.Contains(a.patterns, named.input.pattern)
		if err := a.open(named, nil, beginning); err != nil {
			a.failed(named.name, err)
			continue
		}
		a.log.Info("log is read from now on", "log", named.name)
		a.logs[named.name].start(ctx)
	}
	a.patterns = patternsOf(a.inputs)
	for _, l := range a.sorted() {
		if l.follower == nil {
			continue
		}
		if l.gone(a.conf.Reading.Linger) {
			a.log.Info("log is gone; what was counted of it stays in the totals", "log", l.name)
			a.depart(l)
		}
	}
}

// isNew reports whether a file is there and is none that a log still reads under
// the name that it had before rotation.
func (a *live) isNew(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !a.isRead(info)
}

// isRead reports whether some log reads the file, under whatever name.
func (a *live) isRead(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	for _, l := range a.logs {
		if l.reads(uint64(stat.Dev), stat.Ino) {
			return true
		}
	}
	return false
}

// reads reports whether a file is one that the log is not done with.
func (l *liveLog) reads(device, inode uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.place.Files, func(p tailer.Position) bool { return p.Device == device && p.Inode == inode })
}

// gone reports whether no file has been behind the log's name for that long, and
// nothing has been written to the last one: nginx may go on writing to a file
// that was renamed.
func (l *liveLog) gone(linger time.Duration) bool {
	status := l.follower.Status()
	l.mu.Lock()
	defer l.mu.Unlock()
	return status.Behind == 0 && status.Missing >= linger && l.now().Sub(l.counted) >= linger
}

// depart stops reading a log and keeps what was counted of it.
func (a *live) depart(l *liveLog) {
	l.end()
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.logs, l.name)
	delete(a.rates, l.name)
	a.leave(l.name, l.place)
	a.departed = a.union.Merge(a.departed, l.shard.Snapshot()) // names that have a series keep it
	a.departedSummary = a.summaryOfDeparted()
}

func (a *live) addDeparted(log *checkpoint.Log) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if log.Place != nil {
		a.leave(log.Name, *log.Place)
	}
	a.departed = a.union.Merge(a.departed, log.Counted)
	a.departedSummary = a.summaryOfDeparted()
}

// summaryOfDeparted returns what a scrape needs of the departed logs.
func (a *live) summaryOfDeparted() *aggregator.Snapshot {
	shard := aggregator.NewShard(aggregator.Config{Hosts: a.conf.Hosts, Paths: true, Windows: true})
	shard.Restore(a.departed)
	return shard.Summary()
}

// sayNotice logs a line that was not fully parsed.
func (a *live) sayNotice(log string, n notice) {
	a.log.Warn("line could not be parsed", "log", log, "reason", n.fault.Reason, "column", n.fault.Offset+1,
		"field", n.fault.Variable, "text", string(n.fault.Text), "want", n.fault.Want, "not_told", n.suppressed)
}

// followEvents logs what happens to a log's files.
func (a *live) followEvents(name string) tailer.FollowEvents {
	log := a.log.With("log", name)
	return tailer.FollowEvents{
		Opened:    func(file string, offset int64) { log.Info("reading", "file", file, "offset", offset) },
		Rotated:   func() { log.Info("rotated") },
		Truncated: func(file string) { log.Warn("file was truncated", "file", file) },
		Recovered: func(file string, offset int64) {
			log.Info("what is missing was found in another file", "file", file, "offset", offset)
		},
		Lost: func(cause tailer.LossCause, bytes int64, known bool) {
			log.Error("lines are lost", "cause", cause, "bytes", bytes, "more_is_possible", !known)
		},
		Late: func(file string, bytes int64) { log.Info("an old file was written to", "file", file, "bytes", bytes) },
		Failed: func(file string, err error) {
			log.Warn("cannot read file; it is tried again", "file", file, "error", err)
		},
	}
}
