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
	r.reset()
	for i, raw := range d.raw {
		if *raw != nil {
			start := offsetIn(line, *raw)
			r.putRaw(r.keys.keys[i].places, r.keys.keys[i].nested, start, start+len(*raw))
		}
	}
	return true
}

// offsetIn returns where part, a slice of line, begins in it.
func offsetIn(line, part []byte) int {
	return int(uintptr(unsafe.Pointer(unsafe.SliceData(part))) - uintptr(unsafe.Pointer(unsafe.SliceData(line))))
}
