package tailer

import "slices"

// truncated goes on after the file that is read turned out shorter, or other,
// than it was: first with what a copy still has of it, then with the file from
// its beginning.
func (f *Follower) truncated(g *generation) *Batch {
	f.stopTail()
	f.tellTruncated(g.name)
	if start, ok := f.shortened(g); ok {
		f.lose(LostToTruncation, g.had()-g.offset, false)
		g.restart(start)
		return f.news(g)
	}
	next := g.again()
	if rest := f.copyOf(g); rest != nil {
		f.backlog = slices.Insert(f.backlog, 0, rest, next)
	} else {
		f.lose(LostToTruncation, g.had()-g.offset, false)
		f.backlog = slices.Insert(f.backlog, 0, next)
	}
	f.current = nil
	return f.begin()
}

// truncatedLate does the same for a file that has been left. What it had was
// read, but for what was written to it late.
func (f *Follower) truncatedLate(g *generation) *Batch {
	f.tellTruncated(g.name)
	f.lose(LostToTruncation, g.had()-g.offset, false)
	start, _ := f.shortened(g)
	g.restart(start)
	return f.news(g)
}

func (f *Follower) tellTruncated(name string) {
	f.truncations++
	if f.events.Truncated != nil {
		f.events.Truncated(name)
	}
}

// shortened reports that a file has only lost its end, and where to go on. What
// begins as it did over a whole fingerprint has not been written anew.
func (f *Follower) shortened(g *generation) (start int64, ok bool) {
	size, _, err := g.look()
	if err != nil || size < maxFingerprint || g.position().Head.Length < maxFingerprint {
		return 0, false
	}
	if fits, err := g.learnHead(&f.head); err != nil || !fits {
		return 0, false
	}
	return min(size, g.offset), true
}

// copyOf returns the rest of a truncated file, from where it was read to, in the
// copy that was made of it; nil where there is none. How long a compressed copy
// is, shows when it is read.
func (f *Follower) copyOf(g *generation) *generation {
	head := g.position().Head
	for range 3 { // a copy may be renamed or compressed just now
		files, err := listSiblings(f.watch.name)
		if err != nil {
			f.report(g.name, withoutPath(err))
		}
		found, err := findFingerprint(files, head, g.identity, g.offset, f.config.maxWindow())
		if err != nil {
			continue
		}
		if found == nil {
			return nil
		}
		rest, err := found.open()
		if err != nil {
			continue
		}
		rest.complete, rest.cut = true, g.cut
		rest.offset, rest.head = g.offset, head
		rest.promised, rest.cause = g.had(), LostToTruncation
		if f.events.Recovered != nil {
			f.events.Recovered(rest.name, rest.offset)
		}
		return rest
	}
	return nil
}

// lose counts bytes that are gone. They are those that are known of: what was
// written and truncated, or deleted, between two looks has left no trace, so
// that known is false unless somebody knows better.
func (f *Follower) lose(cause LossCause, bytes int64, known bool) {
	bytes = max(0, bytes)
	if bytes > 0 {
		f.lost[cause] += bytes
	}
	if f.events.Lost != nil {
		f.events.Lost(cause, bytes, known)
	}
}
