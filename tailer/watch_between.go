package tailer

import (
	"errors"
	"io/fs"
	"slices"
)

// between finds and opens the files that came after the newest known and were
// put aside again before they were seen behind the name, where now is. It
// reports whether that is certain: a file that was listed and cannot be opened is
// there under another name, or compressed, and has to be looked for again.
func (w *watcher) between(now *generation) (found []*generation, certain bool) {
	w.learnHeads()
	now.learnHead(&w.head) // where it fails, reading will say so
	files, err := listSiblings(w.name)
	if err != nil {
		w.fail(err)
	}
	reference, err := w.reference(files)
	if err != nil {
		return nil, false
	}
	for _, s := range files {
		if s.identity == now.identity || s.live {
			break // what is younger will be found by the next look
		}
		if !s.related || !w.isNew(s, reference) || w.isTwin(s, now, files) {
			continue
		}
		g, err := s.open()
		if errors.Is(err, fs.ErrNotExist) {
			closeAll(found)
			return nil, false
		}
		if err != nil {
			w.fail(err)
			continue
		}
		found = append(found, g)
	}
	w.known = make(map[identity]bool, len(files))
	for _, s := range files {
		w.known[s.identity] = true
	}
	return found, true
}

func closeAll(list []*generation) {
	for _, g := range list {
		g.close()
	}
}

// learnHeads brings the fingerprints of all open files up to date. A file that
// was empty when it was opened may have been compressed since.
func (w *watcher) learnHeads() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, list := range [][]*generation{w.watched, w.fresh} {
		for _, g := range list {
			g.learnHead(&w.head) // where it fails, reading will say so
		}
	}
}

// reference returns what the newest known file is called now; nil where it is
// no longer there. An error says that this is not certain.
func (w *watcher) reference(files []*sibling) (*sibling, error) {
	w.mu.Lock()
	newest := w.newest
	w.mu.Unlock()
	if newest == nil {
		return nil, nil
	}
	at := slices.IndexFunc(files, func(s *sibling) bool { return s.identity == newest.identity })
	if at >= 0 {
		return files[at], nil
	}
	return findFingerprint(files, newest.position().Head, newest.identity, 0, w.config.maxWindow())
}

// isNew reports that s was not there at the last look. Where the newest known
// file is gone, names say nothing, and times have to. So they do of an inode
// that has been seen: it may have been used again.
func (w *watcher) isNew(s, reference *sibling) bool {
	if w.open(s.identity) != nil {
		return false
	}
	w.mu.Lock()
	looked := w.looked
	w.mu.Unlock()
	if reference == nil {
		return !looked.IsZero() && s.wasModifiedAfter(looked)
	}
	return reference.isOlder(s) && (!w.known[s.identity] || s.wasModifiedAfter(looked))
}

// isTwin reports that s holds what another file holds that is open, or is going
// to be: it is a compressed form or a copy of it.
func (w *watcher) isTwin(s *sibling, now *generation, files []*sibling) bool {
	if !s.look(w.config.maxWindow()) {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, list := range [][]*generation{w.watched, w.fresh, {w.newest, now}} {
		for _, g := range list {
			if g == nil {
				continue
			}
			head := g.position().Head
			if head.Length > 0 && head.fits(s.head) && (head.Length == maxFingerprint || s.encoding != Plain) {
				return true
			}
		}
	}
	return s.hasPlainTwin(files, w.config.maxWindow())
}

// hasPlainTwin reports that s is compressed and the file that it was made of is
// still there: it is not finished then.
func (s *sibling) hasPlainTwin(files []*sibling, maxWindow int64) bool {
	return s.encoding != Plain && slices.ContainsFunc(files, func(other *sibling) bool {
		return other != s && other.related && other.compare(s) == 0 && other.look(maxWindow) && other.encoding == Plain
	})
}
