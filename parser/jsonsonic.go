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
	clear(r.values)
	for i, raw := range d.raw {
		if *raw != nil {
			r.setRaw(&r.keys.keys[i], *raw)
		}
	}
	return true
}

// setRaw keeps the raw value of a key, and what is wanted of the object in it.
func (r *jsonReader) setRaw(key *jsonKey, raw []byte) {
	if value := plainValue(raw); value != nil && key.target != 0 {
		r.set(key, value)
	}
	for _, nested := range key.nested {
		// A path that leads nowhere, or a value that is no object: absent.
		if node, err := sonic.Get(raw, nested.path...); err == nil {
			if text, err := node.Raw(); err == nil {
				r.values[nested.target] = plainValue([]byte(text))
			}
		}
	}
}

// plainValue returns a raw JSON value without the quotes of a string; nil for
// null.
func plainValue(raw []byte) []byte {
	if raw[0] == '"' {
		return raw[1 : len(raw)-1]
	}
	if string(raw) == "null" {
		return nil
	}
	return raw
}
