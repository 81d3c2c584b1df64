package parser

// maxFields is how many fields, variants and values a format can have.
const maxFields = 64

// values says where in a line the value of each field stands. Offsets are half
// the size of a slice and nothing that a garbage collector has to know of.
type values struct {
	line  []byte
	spans [maxFields]span // by field, then variants, then values
}

// span is line[start:stop-1]; a field that the line does not have is the zero
// span, an empty one is not.
type span struct{ start, stop int32 }

// set puts the value of target at line[start:end].
func (v *values) set(target uint8, start, end int) {
	v.spans[target%maxFields] = span{int32(start), int32(end + 1)}
}

// has reports whether the line has the field, be it empty.
func (v *values) has(f field) bool { return v.spans[f%maxFields].stop != 0 }

// get returns the value of a field, or nil where the line does not have it.
func (v *values) get(f field) []byte {
	s := v.spans[f%maxFields]
	if s.stop == 0 {
		return nil
	}
	return v.line[s.start : s.stop-1]
}

// present returns the value of a field unless it is absent: missing, empty or "-".
func (v *values) present(f field) []byte {
	s := v.spans[f%maxFields]
	if s.stop <= s.start+1 || s.stop == s.start+2 && v.line[s.start] == '-' {
		return nil
	}
	return v.line[s.start : s.stop-1]
}

// clear forgets all values.
func (v *values) clear() { v.spans = [maxFields]span{} }
