package tailer

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"time"
)

// plan finds the files of a place again, and those that are newer. Nothing
// changes before it is complete.
type plan struct {
	log       string
	place     *Place
	files     []*sibling
	maxWindow int64

	finds     []find
	reports   []func(*Follower) // what is to be counted and told
	truncated []*sibling        // that have begun anew: to go on to one is no rotation
	gone      bool              // some file of the place is nowhere
	unknown   bool              // one was empty, so that it cannot be told under another name
	more      bool              // there were too many: the newest are left to the watcher
}

// find is a file that is to be read.
type find struct {
	*sibling
	generation *generation // once it is open
	offset     int64       // uncompressed
	head       Fingerprint
	promised   int64
	cause      LossCause
	left       bool
	rotates    bool
}

// make finds out what is to be read.
func (p *plan) make() error {
	first := slices.IndexFunc(p.place.Files, func(position Position) bool { return !position.Left })
	newer := newerFiles{looked: p.place.Looked, gap: len(p.place.Files) == 0}
	for i, position := range p.place.Files {
		found, err := p.find(position)
		if err != nil {
			return err
		}
		last := i == len(p.place.Files)-1
		if found == nil {
			newer.gap = newer.gap || !position.Left || last
			p.unknown = p.unknown || position.Head.Length <= 0 && !position.Left
			continue
		}
		found.left, found.rotates = position.Left, first >= 0 && i > first
		p.finds = append(p.finds, *found)
		if !found.related && !found.live {
			newer.gap = newer.gap || last // its name says nothing
			continue
		}
		if found.live && position.Head.Length <= 0 && !position.Left {
			newer.gap = true // it was empty: a copy of what it had meanwhile cannot be told by how it begins
		}
		if !newer.gap {
			newer.before = found.sibling
		}
		if last {
			newer.newest = found.sibling
		}
	}
	if err := p.findNewer(newer); err != nil {
		return err
	}
	p.sort()
	return nil
}

// newerFiles tells which files came after those of a place: by their names,
// which are younger than that of its newest. Where some file of the place is
// gone, or has a name that says nothing, also by the time when they were
// written: what is younger than all before the gap, and was written to since.
type newerFiles struct {
	newest *sibling // of the place; nil where it is not there by its name
	before *sibling // the last one before the gap; nil where there is none
	gap    bool
	looked time.Time
}

func (n newerFiles) include(s *sibling) bool {
	switch {
	case s.live:
		return true
	case n.newest != nil && n.newest.isOlder(s):
		return true
	case !n.gap || n.looked.IsZero() || !s.wasModifiedAfter(n.looked):
		return false
	}
	return n.before == nil || n.before.isOlder(s)
}

// sort puts what was found in the order of age, where names tell it: a file
// that is found by its time may be older than others of the place.
func (p *plan) sort() {
	if !slices.ContainsFunc(p.finds, func(f find) bool { return !f.related && !f.live }) {
		slices.SortStableFunc(p.finds, func(a, b find) int { return a.compare(b.sibling) })
	}
}

// find finds the file of a position. It returns nil where that is gone, and has
// its unread bytes counted as lost.
func (p *plan) find(position Position) (*find, error) {
	at := slices.IndexFunc(p.files, func(s *sibling) bool {
		return s.device == position.Device && s.inode == position.Inode
	})
	var id identity
	cause := LostToDeletion
	if at >= 0 {
		s := p.files[at]
		id = s.identity
		if !s.look(p.maxWindow) {
			return nil, s.err
		}
		begins := s.encoding == Plain && position.Head.fits(s.head)
		if position.Head.Length <= 0 && s.wasBornAfter(p.place.Looked) {
			begins = false // every file begins like an empty one, and an inode is soon used again
		}
		switch {
		case begins && s.size >= position.Offset:
			return &find{sibling: s, offset: position.Offset, head: position.Head}, nil
		case begins && position.Head.Length == maxFingerprint:
			p.tell(func(f *Follower) { // it has lost its end
				f.tellTruncated(s.path)
				f.lose(LostToTruncation, position.Size-position.Offset, false)
			})
			return &find{sibling: s, offset: s.size, head: position.Head}, nil
		case s.encoding == Plain && !s.wasBornAfter(p.place.Looked):
			cause = LostToTruncation
			p.truncated = append(p.truncated, s)
			p.tell(func(f *Follower) { f.tellTruncated(s.path) })
		}
	}
	s, err := findFingerprint(p.files, position.Head, id, position.Offset, p.maxWindow)
	switch {
	case err != nil:
		return nil, err
	case s != nil && !p.isFound(s):
		return p.recover(s, position, cause), nil
	}
	// A compressed file keeps its inode too, where it was one already.
	if at >= 0 && p.files[at].encoding != Plain && position.Head.Length > 0 && position.Head.fits(p.files[at].head) {
		return p.recover(p.files[at], position, cause), nil
	}
	p.gone = true
	unread := position.Size - position.Offset
	if unread > 0 || !position.Left {
		p.tell(func(f *Follower) { f.lose(cause, unread, false) })
	}
	return nil, nil
}

// recover reads the rest of a file in another one that begins as it did.
func (p *plan) recover(s *sibling, position Position, cause LossCause) *find {
	if !position.Left {
		p.tell(func(f *Follower) {
			if f.events.Recovered != nil {
				f.events.Recovered(s.path, position.Offset)
			}
		})
	}
	return &find{sibling: s, offset: position.Offset, head: position.Head, promised: position.Size, cause: cause}
}

func (p *plan) tell(report func(*Follower)) { p.reports = append(p.reports, report) }

// isFound reports that s is one of the files to be read.
func (p *plan) isFound(s *sibling) bool {
	return slices.ContainsFunc(p.finds, func(f find) bool { return f.sibling == s })
}

// findNewer adds the files that came after those of the place. The file behind
// the name is always one of them.
func (p *plan) findNewer(newer newerFiles) error {
	count := 0
	for _, s := range p.files {
		if !s.related && !s.live || p.isFound(s) || !newer.include(s) {
			continue
		}
		if !s.look(p.maxWindow) {
			if s.live && errors.Is(s.err, fs.ErrPermission) {
				continue // the watcher will try it again
			}
			return s.err
		}
		if p.isTwin(s) {
			continue
		}
		if count++; count > maxPinned {
			p.more = true
			break
		}
		p.finds = append(p.finds, find{sibling: s, rotates: !p.unknown && !slices.Contains(p.truncated, s)})
		p.unknown = false // the oldest is taken for it
	}
	return nil
}

// isTwin reports that s holds what another file holds that is read, or going to
// be: it is a compressed form of it, or a copy.
func (p *plan) isTwin(s *sibling) bool {
	if s.hasPlainTwin(p.files, p.maxWindow) {
		return true
	}
	return slices.ContainsFunc(p.files, func(other *sibling) bool {
		if other == s || !other.live && !p.isFound(other) || !other.look(p.maxWindow) || len(s.head) == 0 {
			return false
		}
		if s.encoding != Plain && other.encoding == Plain {
			return bytes.HasPrefix(other.head, s.head) || bytes.HasPrefix(s.head, other.head) && len(other.head) > 0
		}
		return bytes.Equal(s.head, other.head) && len(s.head) == maxFingerprint
	})
}

// listAgain returns fs.ErrNotExist if the files are no longer as they were.
func (p *plan) listAgain() error {
	files, err := listSiblings(p.log)
	if err == nil && !slices.EqualFunc(files, p.files, (*sibling).isAt) {
		err = fs.ErrNotExist
	}
	return err
}

// open opens everything that was found.
func (p *plan) open() error {
	for i := range p.finds {
		find := &p.finds[i]
		g, err := find.sibling.open()
		if err != nil {
			for _, opened := range p.finds[:i] {
				opened.generation.close()
			}
			return err
		}
		g.offset, g.rotates = find.offset, find.rotates
		g.promised, g.cause = find.promised, find.cause
		if find.head.Length > 0 {
			g.head = find.head
		}
		find.generation = g
	}
	return nil
}
