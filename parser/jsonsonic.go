package parser

import (
	"reflect"
	"unsafe"

	"github.com/bytedance/sonic"
	"github.com/bytedance/sonic/decoder"
)

// sonicDecoder decodes lines with sonic into a record of raw values.
type sonicDecoder struct {
	decoder *decoder.Decoder
	record  any                       // pointer to a struct of keyTable.record
	raw     []*sonic.NoCopyRawMessage // the fields of record, by key
}

func newSonicDecoder(t *keyTable) sonicDecoder {
	record := reflect.New(t.record)
	d := sonicDecoder{decoder: decoder.NewDecoder(""), record: record.Interface()}
	d.decoder.SetOptions(decoder.OptionCaseSensitive)
	for i := range t.keys {
		d.raw = append(d.raw, record.Elem().Field(i).Addr().Interface().(*sonic.NoCopyRawMessage))
	}
	return d
}

// decode sets values from a line that is a JSON object, by sonic.
func (r *jsonReader) decode(line []byte) bool {
	d := &r.sonic
	for _, raw := range d.raw {
		*raw = nil // a key that is absent keeps what the last line had
	}
	// The values alias the line, as they do everywhere else.
	d.decoder.Reset(unsafe.String(unsafe.SliceData(line), len(line)))
	if d.decoder.Decode(d.record) != nil || d.decoder.CheckTrailings() != nil {
		return false
	}
	r.clear()
	for i, raw := range d.raw {
		if *raw != nil {
			start := offsetIn(line, *raw)
			r.putRaw(&r.keys.keys[i], start, start+len(*raw))
		}
	}
	return true
}

// putRaw keeps the raw value of a key, r.line[start:end], and what is wanted of
// the object in it.
func (r *jsonReader) putRaw(key *jsonKey, start, end int) {
	raw := r.line[start:end]
	if key.target != 0 {
		if start, end, ok := plainValue(raw, start, end); ok {
			r.put(key, start, end)
		}
	}
	for _, nested := range key.nested {
		// A path that leads nowhere, or a value that is no object: absent.
		if node, err := sonic.Get(raw, nested.path...); err == nil {
			if text, err := node.Raw(); err == nil {
				r.putCopy(nested.target, text)
			}
		}
	}
}

// putCopy keeps a value that sonic has copied out of the line: it goes behind
// the line, in a copy of it.
func (r *jsonReader) putCopy(target uint8, raw string) {
	start := len(r.line)
	if start == r.size { // the line itself still
		r.longer = append(r.longer[:0], r.line...)
	}
	r.longer = append(r.longer, raw...)
	r.line = r.longer
	if start, end, ok := plainValue(r.line[start:], start, len(r.line)); ok {
		r.set(target, start, end)
	}
}

// plainValue returns where a raw JSON value is without the quotes of a string;
// ok is false for null.
func plainValue(raw []byte, start, end int) (from, to int, ok bool) {
	if raw[0] == '"' {
		return start + 1, end - 1, true
	}
	return start, end, string(raw) != "null"
}

// offsetIn returns where part, a slice of line, begins in it.
func offsetIn(line, part []byte) int {
	return int(uintptr(unsafe.Pointer(unsafe.SliceData(part))) - uintptr(unsafe.Pointer(unsafe.SliceData(line))))
}
