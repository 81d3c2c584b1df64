package tailer

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
)

// recordsReference says with encoding/json which records a valid document has.
func recordsReference(t *testing.T, document []byte) []string {
	document = bytes.Trim(document, jsonSpace)
	switch document[0] {
	case '[':
		return elements(t, document)
	case '{':
		decoder := json.NewDecoder(bytes.NewReader(document))
		must(t, nextToken(decoder)) // {
		for decoder.More() {
			must(t, nextToken(decoder)) // the name
			var value json.RawMessage
			must(t, decoder.Decode(&value))
			if value[0] != '[' {
				continue
			}
			if records := elements(t, value); len(records) > 0 && records[0][0] == '{' {
				return records
			}
		}
	}
	return []string{string(document)}
}

func nextToken(decoder *json.Decoder) error {
	_, err := decoder.Token()
	return err
}

func elements(t *testing.T, array []byte) []string {
	var raw []json.RawMessage
	must(t, json.Unmarshal(array, &raw))
	var records []string
	for _, element := range raw {
		records = append(records, string(element))
	}
	return records
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// FuzzDocument compares the records of a valid document with what encoding/json
// makes of it, and of any input two block sizes with each other.
func FuzzDocument(f *testing.F) {
	f.Fuzz(func(t *testing.T, document []byte, block uint8) {
		if len(document) > 8000 {
			return // may be nested deeper than either package goes
		}
		got := readDocument(t, string(document), Config{BlockSize: int(block)})
		whole := readDocument(t, string(document), Config{})
		if !slices.Equal(got.lines, whole.lines) || !slices.Equal(got.defects, whole.defects) || !slices.Equal(got.flaws, whole.flaws) {
			t.Fatalf("in blocks of %d: %q %v at %d\nin one block: %q %v at %d",
				block, got.lines, got.defects, got.flaws, whole.lines, whole.defects, whole.flaws)
		}
		if !json.Valid(document) {
			return
		}
		if want := recordsReference(t, document); !slices.Equal(got.lines, want) || len(got.flaws) > 0 {
			t.Fatalf("records %q, flaws at %d\nwant %q", got.lines, got.flaws, want)
		}
	})
}

// FuzzDetection reads any input as whatever it looks like: it must not panic,
// and every byte must be accounted for.
func FuzzDetection(f *testing.F) {
	f.Fuzz(func(t *testing.T, content []byte, block uint8) {
		config := Config{BlockSize: int(block), MaxLine: 600, MaxRecord: 600, MaxWindow: 1 << 20}
		config.Stdin = bytes.NewReader(content)
		sources, _ := Discover([]string{StdinName}, config, Events{})
		_, _ = sources[0].Head(3, 100)
		got := readAll(t, NewArchive(sources, config))
		if sources[0].Encoding == Plain && got.bytes != int64(len(content)) {
			t.Errorf("%d bytes of %d", got.bytes, len(content))
		}
	})
}
