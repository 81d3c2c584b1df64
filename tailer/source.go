package tailer

import (
	"bytes"
	"io"
	"os"
)

// StdinName is the argument, and the name of the source, that is standard input.
const StdinName = "-"

// Source is one file, or standard input.
type Source struct {
	Name     string   // as it was given, or as the glob found it
	Index    int      // position in reading order, set by Order
	Size     int64    // bytes as stored, so compressed; -1 where it is not known
	Encoding Encoding // set by Head, or when Archive opens the source
	Document bool     // one JSON document and not lines; set like Encoding

	config Config
	known  bool // Encoding and Document are set

	// A source that cannot be read twice: standard input, a named pipe.
	once   io.Reader // nil until it is opened
	closer io.Closer // of once; nil for standard input, which is not ours
	kept   []byte    // what Head has read of once, for the reader after it
}

// content is the uncompressed content of a source, from its first byte.
type content struct {
	io.Reader
	decoder io.Closer
	file    io.Closer
}

// Close frees what the content holds; the source stays usable if it can be
// read twice.
func (c *content) Close() {
	c.decoder.Close()
	c.file.Close() // opened for reading only: nothing can be lost
}

// open begins to read s, and finds out what it is if that is not known yet.
// Stored bytes are added to stored as they are read.
func (s *Source) open(stored *int64) (*content, error) {
	if err := s.learn(); err != nil {
		return nil, err
	}
	raw, err := s.openRaw(false)
	if err != nil {
		return nil, err
	}
	return s.decode(raw, &countingReader{raw, stored})
}

// reopen begins to read s again from its first byte, to look only.
func (s *Source) reopen() (*content, error) {
	raw, err := s.openRaw(true)
	if err != nil {
		return nil, err
	}
	return s.decode(raw, raw)
}

func (s *Source) decode(file io.Closer, raw io.Reader) (*content, error) {
	decoder, err := newDecoder(raw, s.Encoding, s.config.maxWindow())
	if err != nil {
		file.Close()
		return nil, err
	}
	return &content{decoder, decoder, file}, nil
}

// openRaw opens the stored bytes. To look at a source that cannot be read
// twice, what is read is kept.
func (s *Source) openRaw(look bool) (io.ReadCloser, error) {
	if s.once == nil {
		file, err := s.openFile()
		if file != nil || err != nil {
			return file, err
		}
	}
	if look {
		return io.NopCloser(&keepingReader{source: s}), nil
	}
	all := io.MultiReader(bytes.NewReader(s.kept), s.once)
	s.kept = nil
	closer := s.closer
	if closer == nil {
		closer = io.NopCloser(nil)
	}
	return struct {
		io.Reader
		io.Closer
	}{all, closer}, nil
}

// openFile opens a file that can be read twice, or else sets s.once.
func (s *Source) openFile() (io.ReadCloser, error) {
	if s.Name == StdinName {
		s.once = s.config.stdin()
		return nil, nil
	}
	file, err := os.Open(s.Name)
	if err != nil {
		return nil, withoutPath(err)
	}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		return file, nil
	}
	s.once, s.closer = file, file
	return nil, nil
}

// keepingReader reads a source that cannot be read twice from its first byte,
// and keeps what has not been kept yet.
type keepingReader struct {
	source *Source
	offset int // in kept
}

func (r *keepingReader) Read(p []byte) (int, error) {
	if r.offset < len(r.source.kept) {
		n := copy(p, r.source.kept[r.offset:])
		r.offset += n
		return n, nil
	}
	n, err := r.source.once.Read(p)
	r.source.kept = append(r.source.kept, p[:n]...)
	r.offset += n
	return n, err
}

// countingReader counts for Archive.Progress.
type countingReader struct {
	reader io.Reader
	count  *int64 // bytes
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.reader.Read(p)
	*r.count += int64(n)
	return n, withoutPath(err)
}
