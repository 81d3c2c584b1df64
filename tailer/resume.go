package tailer

import (
	"errors"
	"io/fs"
	"maps"
	"math"
	"os"
	"time"
)

// start begins without a place.
func (f *Follower) start(fromBeginning bool) error {
	looked := time.Now()
	files, err := listSiblings(f.watch.name)
	if err != nil {
		f.watch.failures = append(f.watch.failures, withoutPath(err))
	}
	for _, s := range files {
		f.watch.known[s.identity] = true
	}
	f.watch.looked = looked
	g, err := openGeneration(f.watch.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.watch.missing = looked
		return nil
	case errors.Is(err, fs.ErrPermission):
		return f.startDenied(fromBeginning)
	case err != nil:
		return err
	}
	if !fromBeginning {
		g.offset = lineStart(g.file, g.size, f.config.maxLine())
	}
	f.backlog = append(f.backlog, g)
	return f.enterFirst()
}

// startDenied remembers how long a file is that cannot be opened yet, so that
// it is read from there once it can.
func (f *Follower) startDenied(fromBeginning bool) error {
	state, err := stateOf(f.watch.name, true)
	if err == nil {
		err = state.check()
	}
	if err == nil && !fromBeginning {
		f.watch.denied = denied{state.identity, state.size}
	}
	return err
}

// enterFirst begins the first file that is there.
func (f *Follower) enterFirst() error {
	for _, g := range f.open() {
		if err := g.settle(&f.head); err != nil {
			return err
		}
		g.goal = g.size
		if g.packed != nil {
			g.goal = math.MaxInt64 // how long it is, shows when it has been read
		}
	}
	if last := len(f.backlog) - 1; last >= 0 {
		f.watch.behind = f.backlog[last].identity
		first := f.backlog[0]
		f.backlog = f.backlog[1:]
		f.enter(first)
	}
	return nil
}

// resume goes on from a place. Rotation may be under way: a file that was found
// and is gone when it is opened has been renamed or compressed, and everything is
// looked for again.
func (f *Follower) resume(place *Place) error {
	var err error
	for range 100 {
		looked := time.Now()
		var files []*sibling
		if files, err = listSiblings(f.watch.name); err != nil {
			return err
		}
		p := plan{log: f.watch.name, place: place, files: files, maxWindow: f.config.maxWindow()}
		if err = p.make(); err == nil && p.gone {
			err = p.listAgain() // it may have been renamed while it was looked for
		}
		if err == nil {
			err = p.open()
		}
		if err == nil {
			return f.carryOut(&p, looked)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return err
}

// carryOut takes over what a plan found, and counts and reports what it did not.
func (f *Follower) carryOut(p *plan, looked time.Time) error {
	f.rotations, f.truncations = p.place.Rotations, p.place.Truncations
	maps.Copy(f.lost, p.place.Lost)
	f.begun = len(p.place.Files) > 0
	f.watch.looked = looked
	if p.more {
		f.watch.looked = p.place.Looked
	} else {
		for _, s := range p.files {
			f.watch.known[s.identity] = true
		}
	}
	if _, err := os.Stat(f.watch.name); err != nil {
		f.watch.missing = looked
	}
	for _, find := range p.finds {
		g := find.generation
		g.left = find.left
		if find.left && g.packed == nil {
			f.adopt(g)
			g.leftAt, g.checked = looked, -1
			f.lingering = append(f.lingering, g)
		} else {
			f.backlog = append(f.backlog, g)
		}
	}
	for _, report := range p.reports {
		report(f)
	}
	return f.enterFirst()
}
