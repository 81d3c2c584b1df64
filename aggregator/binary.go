package aggregator

import (
	"bytes"
	"errors"
	"fmt"
)

// The binary form of a snapshot: a magic, a version, and every field in a fixed
// order. Numbers are varints, names and lists carry their length, maps are
// sorted by key, so that equal snapshots have equal bytes. The bounds of the
// histograms and the lengths of the windows belong to the version: changing them
// means a new one, which has to read the one before.
//
// Version 2 is version 1 and the windows after it, version 3 that and the
// experiments.

const (
	binaryMagic          = "SGSNAP"
	binaryVersion        = 3
	oldestVersion        = 1
	versionOfWindows     = 2
	versionOfExperiments = 3
)

// AppendBinary appends the binary form to dst.
func (s *Snapshot) AppendBinary(dst []byte) ([]byte, error) {
	w := writer{append(dst, binaryMagic...)}
	w.uint(binaryVersion)
	w.snapshot(s)
	return w.data, nil
}

// MarshalBinary returns the binary form.
func (s *Snapshot) MarshalBinary() ([]byte, error) { return s.AppendBinary(nil) }

// UnmarshalBinary replaces s by what data is the binary form of. After an error
// s is not usable.
func (s *Snapshot) UnmarshalBinary(data []byte) error {
	rest, ok := bytes.CutPrefix(data, []byte(binaryMagic))
	if !ok {
		return errors.New("cannot read snapshot: it does not start as one")
	}
	r := reader{data: rest}
	version := r.uint()
	if r.err == nil && (version < oldestVersion || version > binaryVersion) {
		return fmt.Errorf("cannot read snapshot of version %d: want version %d to %d", version, oldestVersion, binaryVersion)
	}
	*s = *r.snapshot(version)
	if r.err == nil && len(r.data) > 0 {
		r.fail("%d bytes too many", len(r.data))
	}
	if r.err != nil {
		return fmt.Errorf("cannot read snapshot: %w", r.err)
	}
	return nil
}

// numbers lists the fields of a snapshot that are plain numbers, in their order.
func (s *Snapshot) numbers() []*int64 {
	return []*int64{
		&s.Lines.Parsed, &s.Lines.Partial, &s.Lines.Unparsed, &s.Lines.Bytes, &s.Lines.NULBytes,
		&s.First, &s.Last, &s.Retried, &s.Redirected, &s.NoUpstream, &s.NoLiveUpstream,
		&s.Timeline.Step, &s.Timeline.Outside,
		&s.Overflow.Variant, &s.Overflow.Upstream, &s.Overflow.Method, &s.Overflow.Status, &s.Overflow.Host, &s.Overflow.Path,
	}
}
