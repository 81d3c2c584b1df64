package tailer

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// sibling is a file beside a log that may be one of its generations.
type sibling struct {
	identity
	log      string // the log's name
	path     string
	rotated  rotatedName // without its stem, so that only age is compared
	related  bool        // its name says that it is a generation
	live     bool        // it is the one behind the log's name
	size     int64       // as stored
	modified time.Time

	looked   bool // head and encoding are known
	encoding Encoding
	head     []byte // uncompressed
	err      error  // why it cannot be looked at
}

// modifiedSlack is how much a file's time of modification may lie before what
// the clock said then: the kernel stamps files by a clock that ticks.
const modifiedSlack = 20 * time.Millisecond

// isOlder reports that s was put aside before other.
func (s *sibling) isOlder(other *sibling) bool { return s.compare(other) < 0 }

// compare orders siblings by age, oldest first.
func (s *sibling) compare(other *sibling) int {
	switch {
	case s.live != other.live && s.live:
		return 1
	case s.live != other.live:
		return -1
	}
	return s.rotated.compare(other.rotated)
}

// wasModifiedAfter reports that s may have been written to after moment.
func (s *sibling) wasModifiedAfter(moment time.Time) bool {
	return s.modified.After(moment.Add(-modifiedSlack))
}

// listSiblings lists the regular files in the directory of a log, and in that of
// the file it is a link to, in the order of their age. Files that are no
// generations by their names are among them, for a log that was given another
// one. Nothing is opened.
func listSiblings(name string) ([]*sibling, error) {
	// A directory is not read in one moment: rotation may rename a file from what
	// has not been read yet to what has. What is found twice was there.
	list, err := listOnce(name)
	for range 5 {
		if err != nil {
			return nil, err
		}
		var again []*sibling
		if again, err = listOnce(name); err == nil && slices.EqualFunc(list, again, (*sibling).isAt) {
			break
		}
		list = again
	}
	return list, err
}

func (s *sibling) isAt(other *sibling) bool {
	return s.path == other.path && s.identity == other.identity
}

func listOnce(name string) ([]*sibling, error) {
	l := listing{seen: map[identity]*sibling{}}
	if state, err := stateOf(name, true); err == nil {
		l.add(name, name, state, true)
	}
	stems := []string{filepath.Clean(name)}
	if target, err := filepath.EvalSymlinks(name); err == nil && target != stems[0] {
		stems = append(stems, target, Stem(target))
	}
	directories := []string{}
	for _, stem := range stems {
		if directory := filepath.Dir(stem); !slices.Contains(directories, directory) {
			directories = append(directories, directory)
		}
	}
	var failure error
	for _, directory := range directories {
		entries, err := os.ReadDir(directory)
		if err != nil && !os.IsNotExist(err) {
			failure = err
		}
		for _, entry := range entries {
			if !entry.Type().IsRegular() {
				continue
			}
			path := filepath.Join(directory, entry.Name())
			if state, err := stateOf(path, false); err == nil { // else it is gone
				l.add(path, name, state, slices.Contains(stems, Stem(path)))
			}
		}
	}
	slices.SortStableFunc(l.files, (*sibling).compare)
	return l.files, failure
}

// listing collects files, each once: a link is the file that it leads to.
type listing struct {
	files []*sibling
	seen  map[identity]*sibling
}

func (l *listing) add(path, name string, state fileState, related bool) {
	if !state.regular || l.seen[state.identity] != nil {
		return
	}
	rotated := parseRotatedName(filepath.Base(path))
	rotated.stem = ""
	s := &sibling{
		identity: state.identity, log: name, path: path, rotated: rotated, related: related, live: path == name,
		size: state.size, modified: state.modified,
	}
	l.seen[state.identity] = s
	l.files = append(l.files, s)
}

// look reads how s begins, once. It reports whether that could be read; a
// compressed file that is still being written has as much head as there is.
func (s *sibling) look(maxWindow int64) bool {
	if s.looked {
		return s.err == nil
	}
	s.looked = true
	g, err := s.openFile()
	if err != nil {
		s.err = err
		return false
	}
	defer g.close()
	var buffer [maxFingerprint]byte
	start, err := readHead(g.file, &buffer)
	if err != nil {
		s.err = withoutPath(err)
		return false
	}
	s.encoding, s.head = detectEncoding(start), slices.Clone(start)
	if s.encoding != Plain {
		s.head = uncompressedHead(g.file, s.encoding, maxWindow)
	}
	return true
}

// uncompressedHead returns how a compressed file begins, as far as it can be
// uncompressed.
func uncompressedHead(file io.ReaderAt, encoding Encoding, maxWindow int64) []byte {
	decoder, err := newDecoder(io.NewSectionReader(file, 0, 1<<62), encoding, maxWindow)
	if err != nil {
		return nil
	}
	defer decoder.Close()
	head := make([]byte, maxFingerprint)
	n, _ := io.ReadFull(decoder, head)
	return head[:n]
}

// openFile opens s under the name that it has now: since it was listed, it may
// have been renamed. The error is fs.ErrNotExist where it is gone.
func (s *sibling) openFile() (*generation, error) {
	for range 10 {
		g, err := openGeneration(s.path)
		if err == nil && g.identity == s.identity {
			return g, nil
		}
		if err == nil {
			g.close()
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		files, _ := listOnce(s.log) // what cannot be listed is not found
		at := slices.IndexFunc(files, func(other *sibling) bool { return other.identity == s.identity })
		if at < 0 {
			break
		}
		s.path = files[at].path
	}
	return nil, fs.ErrNotExist
}

// open opens s to be read.
func (s *sibling) open() (*generation, error) {
	g, err := s.openFile()
	if err != nil {
		return nil, err
	}
	if s.encoding != Plain {
		g.packed, g.complete, g.size = &unpacking{}, true, 0
		g.head = fingerprintOf(s.head)
	}
	return g, nil
}

// findFingerprint returns the sibling that begins as p says and is not at, a
// plain one if there is one, with at least size bytes. It is nil where there is
// none. The error is fs.ErrNotExist where that is not certain, because one that
// was listed is gone.
func findFingerprint(files []*sibling, p Fingerprint, not identity, size, maxWindow int64) (*sibling, error) {
	if p.Length <= 0 {
		return nil, nil
	}
	var packed *sibling
	var gone error
	for _, s := range files {
		if !s.related || s.identity == not || s.size == 0 {
			continue
		}
		if !s.look(maxWindow) {
			if errors.Is(s.err, fs.ErrNotExist) {
				gone = s.err
			}
			continue
		}
		if !p.fits(s.head) {
			continue
		}
		if s.encoding == Plain && s.size >= size {
			return s, nil
		}
		if s.encoding != Plain {
			packed = s
		}
	}
	if packed != nil {
		gone = nil
	}
	return packed, gone
}
