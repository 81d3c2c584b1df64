package tailer

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// errIncomplete says that a value goes on behind the bytes that are there.
var errIncomplete = errors.New("the JSON value ends outside the block")

// valueReader measures JSON values in memory with jsontext, which reads them
// where they are and copies nothing. Invalid UTF-8 and duplicate names pass:
// nginx logs what clients send.
type valueReader struct {
	decoder jsontext.Decoder
	window  bytes.Buffer
	options [2]jsontext.Options // empty until the first use
}

// reset makes the decoder read data from its start.
func (r *valueReader) reset(data []byte) {
	if r.options[0] == nil {
		r.options = [2]jsontext.Options{jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)}
	}
	r.window = *bytes.NewBuffer(data)
	r.decoder.Reset(&r.window, r.options[:]...)
}

// value returns the length of the value that data begins with; errIncomplete
// if it is longer than data, another error if it is no JSON.
func (r *valueReader) value(data []byte) (length int, err error) {
	r.reset(data)
	if _, err := r.decoder.ReadValue(); err != nil {
		return 0, orIncomplete(err)
	}
	return int(r.decoder.InputOffset()), nil
}

// object measures the object that data begins with. If it holds an array of
// objects as a member it wraps records, and length ends behind the first such
// array's "[".
func (r *valueReader) object(data []byte) (length int, wraps bool, err error) {
	length, err = r.value(data)
	if err == nil {
		data = data[:length]
	}
	if bytes.IndexByte(data, '[') < 0 {
		return length, false, err
	}
	// Names and brackets one by one take twice the time of a whole value, and
	// few records get here.
	r.reset(data)
	if opening, tokenError := r.findArray(); tokenError == nil && opening > 0 {
		return int(opening), true, nil
	}
	return length, false, err
}

// findArray reads the members of an object up to an array whose first element
// is an object, and returns the offset behind its "["; 0 if there is none.
func (r *valueReader) findArray() (offset int64, err error) {
	if _, err := r.decoder.ReadToken(); err != nil { // {
		return 0, err
	}
	for r.decoder.PeekKind() == '"' {
		if _, err := r.decoder.ReadToken(); err != nil { // the name
			return 0, err
		}
		if r.decoder.PeekKind() != '[' {
			if err := r.decoder.SkipValue(); err != nil {
				return 0, err
			}
			continue
		}
		if _, err := r.decoder.ReadToken(); err != nil { // [
			return 0, err
		}
		opening := r.decoder.InputOffset()
		if r.decoder.PeekKind() == '{' {
			return opening, nil
		}
		for r.decoder.StackDepth() > 1 {
			if _, err := r.decoder.ReadToken(); err != nil {
				return 0, err
			}
		}
	}
	return 0, nil
}

func orIncomplete(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errIncomplete
	}
	return err
}
