package tailer

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestDocumentsAreToldFromLines(t *testing.T) {
	long := strings.Repeat("x", maxPeek)
	for _, test := range []struct {
		content  string
		document bool
	}{
		{``, false},
		{" \n\t", false},
		{`plain`, false},
		{`1.2.3.4 - - [25/Nov/2026:10:00:00 +0000] "GET /"`, false},

		{`[`, true},
		{`[]`, true},
		{"[ \n ] \n", true},
		{`[{"a":1}]`, true},
		{"[\n  {\n    \"a\": 1\n  }\n]", true},
		{"\xef\xbb\xbf[{\"a\":1}]", true},
		{"\x00\x00\x00 [{\"a\":1}]", true},
		{`[]{"a":1}`, true},
		{`[{}]`, true},
		{`[{"a":"` + long, true},
		{`[25/Nov/2026:10:00:00 +0000] 1.2.3.4 "GET /"`, false},
		{`[1764064800.123] 1.2.3.4`, false},
		{`[2026-11-25T10:00:00+00:00] {"a":1}`, false},
		{`[] 1.2.3.4`, false},
		{`[-] 1.2.3.4`, false},
		{`["25/Nov/2026"] 1.2.3.4`, false},
		{`[{1.2.3.4}] GET`, false},

		{`{"a":1}`, false},
		{"{\"a\":1}\n{\"b\":2}\n", false},
		{"\xef\xbb\xbf{\"a\":1}\r\n{\"b\":2}\r\n", false},
		{"\n\n{\"a\":1}\n{\"b\":2}\n", false},
		{`{"urt":,"us":503 : 502}`, false},
		{"{\"urt\":,\"us\":503 : 502}\n{\"urt\":}", false},
		{`{"agent":"a \x22quoted\x22 } \\"}`, false},
		{"{\"a\":[{\"b\":1}]}\n{\"a\":[{\"b\":2}]}\n", false},
		{"{\"cut\":\"o\n{\"a\":1}\n", false},
		{`{1.2.3.4} GET`, false},
		{`{"a":1} 1.2.3.4`, false},

		{`{`, true},
		{"{\n\"a\":1\n}", true},
		{"{ \"a\": 1\n, \"b\": 2}", true},
		{`{"a":1}{"b":2}`, true},
		{"{\"a\":1},\n{\"b\":2}", true},
		{`{"logs":[{"a":1},{"b":2}]}`, true},
		{"{\"logs\":[{\"a\":1},{\"b\":2}]}\n\n", true},
		{"{\"logs\":[\n{\"a\":1},\n{\"b\":2}]}", true},
		{`{"a":[1,2],"b":{"c":[{}]}}`, false},
		{`{"cut":"o`, true},
		{`{"a":"` + long + `"}`, true},
	} {
		if got := peekDocument(&limitedReader{reader: strings.NewReader(test.content), left: maxPeek}); got != test.document {
			t.Errorf("%.60q: document %v, want %v", test.content, got, test.document)
		}
	}
}

// readDocument reads text as a document, whatever it looks like.
func readDocument(t fataler, text string, config Config) outcome {
	t.Helper()
	config.Stdin = strings.NewReader(text)
	source := &Source{Name: StdinName, Size: -1, Document: true, known: true, config: config}
	got := readAll(t, NewArchive([]*Source{source}, config))
	if got.bytes != int64(len(text)) {
		t.Fatalf("%.200q: batches of %d bytes, want %d", text, got.bytes, len(text))
	}
	if len(got.failures) > 0 {
		t.Fatal(got.failures[0])
	}
	return got
}

func TestDocumentShapes(t *testing.T) {
	a, b, c := `{"a":1}`, `{"b":"] } \" ["}`, `{"c":{"d":[1,{}]}}`
	for _, test := range []struct {
		name string
		text string
		want []string
	}{
		{"array", "[" + a + "," + b + "," + c + "]", []string{a, b, c}},
		{"array over lines", "\xef\xbb\xbf [\n " + a + " ,\r\n\t" + b + "\n]\n", []string{a, b}},
		{"array behind a hole", "\x00\x00[" + a + "]", []string{a}},
		{"empty array", " [ ] ", nil},
		{"arrays", "[" + a + "][]\n[" + b + "]", []string{a, b}},
		{"array of anything", `[1,"x",null,[` + a + `],true,-1.5e3]`, []string{"1", `"x"`, "null", "[" + a + "]", "true", "-1.5e3"}},
		{"wrapped", `{"logs":[` + a + "," + b + `]}`, []string{a, b}},
		{"wrapped among others", `{"n":1,"m":{"x":[{"y":2}]},"e":[],"s":["{",[{}]],"logs": [ ` + a + ` ] ,"more":[` + b + `],"t":"}]"}`, []string{a}},
		{"two wrapped", `{"logs":[` + a + `]}` + "\n" + `{"logs":[` + b + `]}`, []string{a, b}},
		{"one object", "{\n\"status\": 200,\n\"list\": [1, 2]\n}\n", []string{"{\n\"status\": 200,\n\"list\": [1, 2]\n}"}},
		{"objects", a + b + "\n" + a + ",\n" + b + "," + a, []string{a, b, a, b, a}},
		{"objects, then a wrapped one", a + `{"logs":[` + b + `]}`, []string{a, b}},
		{"invalid UTF-8", "[{\"a\":\"\xff\xfe\"}]", []string{"{\"a\":\"\xff\xfe\"}"}},
		{"duplicate names", `[{"a":1,"a":2}]`, []string{`{"a":1,"a":2}`}},
		{"nothing", "", nil},
		{"space", " \n ", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			for block := 1; block <= 64; block++ {
				got := readDocument(t, test.text, Config{BlockSize: block})
				if !slices.Equal(got.lines, test.want) || len(got.flaws) > 0 {
					t.Fatalf("blocks of %d: records %q, flaws at %d; want %q", block, got.lines, got.flaws, test.want)
				}
			}
		})
	}
}

func TestBrokenDocuments(t *testing.T) {
	for _, test := range []struct {
		text  string
		whole []string
		rest  string
	}{
		{`[{"a":1},{"b":2`, []string{`{"a":1}`}, `{"b":2`},
		{`[{"a":1},`, []string{`{"a":1}`}, ``},
		{`[{"a":1}`, []string{`{"a":1}`}, ``},
		{`[{"a":1}]]`, []string{`{"a":1}`}, `]`},
		{`[{"a":1} {"b":2}]`, []string{`{"a":1}`}, `{"b":2}]`},
		{`[{"a":1},]`, []string{`{"a":1}`}, `]`},
		{`[{"a":1},{"b":},{"c":3}]`, []string{`{"a":1}`}, `{"b":},{"c":3}]`},
		{"[{\"a\":1},{\"b\":\"line\nend\"}]", []string{`{"a":1}`}, "{\"b\":\"line\nend\"}]"},
		{`{"logs":[{"a":1},oops]}`, []string{`{"a":1}`}, `oops]}`},
		{`{"logs":[{"a":1}],"more":`, []string{`{"a":1}`}, ``},
		{`{"n":1,"logs":oops`, nil, `{"n":1,"logs":oops`},
		{`{"a":1}oops{"b":2}`, []string{`{"a":1}`}, `oops{"b":2}`},
		{`[`, nil, ``},
		{`]`, nil, `]`},
		{`{"a":1}` + strings.Repeat(`x`, 5000), []string{`{"a":1}`}, strings.Repeat(`x`, headBytes)},
		{strings.Repeat(`[`, 20_000), nil, strings.Repeat(`[`, headBytes)},
	} {
		for _, block := range []int{1, 2, 3, 5, 8, 13, 100_000} {
			got := readDocument(t, test.text, Config{BlockSize: block})
			if want := append(slices.Clone(test.whole), test.rest); !slices.Equal(got.lines, want) {
				t.Errorf("%.60q, blocks of %d: records %.60q, want %.60q", test.text, block, got.lines, want)
				continue
			}
			last := len(got.lines) - 1
			if got.defects[last] != Broken || last > 0 && got.defects[last-1] != Whole {
				t.Errorf("%.60q: defects %v", test.text, got.defects)
			}
			if offset := int64(strings.Index(test.text, test.rest)); test.rest != "" && (len(got.flaws) != 1 || test.text[got.flaws[0]] != test.text[offset]) {
				t.Errorf("%.60q: flaw at %d, want %d", test.text, got.flaws, offset)
			}
		}
	}
}

func TestTooLongRecords(t *testing.T) {
	long := `{"long":"` + strings.Repeat(`x\"]}`, 300) + `"}`
	head := long[:headBytes]
	a, b := `{"a":1}`, `{"b":2}`
	for _, test := range []struct {
		name string
		text string
		want []string
	}{
		{"first", "[" + long + "," + a + "]", []string{head, a}},
		{"between", "[" + a + " , " + long + " , " + b + "]", []string{a, head, b}},
		{"last", "[" + a + "," + long + "]", []string{a, head}},
		{"all", "[" + long + "," + long + "]", []string{head, head}},
		{"wrapped", `{"logs":[` + a + "," + long + "," + b + `],"n":1}`, []string{a, head, b}},
		{"among objects", a + long + b + "\n" + long, []string{a, head, b, head}},
		{"string", "[" + a + "," + long[8:len(long)-1] + "," + b + "]", []string{a, long[8 : 8+headBytes], b}},
		{"number", "[" + a + "," + strings.Repeat("1", 2000) + "," + b + "]", []string{a, strings.Repeat("1", headBytes), b}},
		{"unfinished", "[" + a + "," + long[:len(long)-9], []string{a, head}},
		{"member before the records", `{"long":` + long + `,"logs":[` + a + "]}" + b, []string{`{"long":` + head[:headBytes-8], b}},
		{"member behind the records", `{"logs":[` + a + `],"long":` + long + `}` + b, []string{a, b}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, block := range []int{1, 2, 7, 64, 700, 10_000} {
				got := readDocument(t, test.text, Config{BlockSize: block, MaxRecord: 1000})
				if !slices.Equal(got.lines, test.want) {
					t.Fatalf("blocks of %d: records %.30q, want %.30q", block, got.lines, test.want)
				}
				flaws := 0
				for i, defect := range got.defects {
					if defect == TooLong {
						if at := test.text[got.flaws[flaws]:]; !strings.HasPrefix(at, got.lines[i]) {
							t.Errorf("flaw at %d, where %.20q is", got.flaws[flaws], at)
						}
						flaws++
					} else if defect != Whole {
						t.Errorf("defects %v", got.defects)
					}
				}
				if flaws != len(got.flaws) {
					t.Errorf("%d flaws, %d offsets", flaws, len(got.flaws))
				}
			}
		})
	}
}

func TestDocumentsInArchives(t *testing.T) {
	directory := t.TempDir()
	array := jsonArray(3000)
	names := []string{
		writeFile(t, directory, "array.json.gz", gzipped(t, array)),
		writeFile(t, directory, "lines.log", []byte(twoLines)),
		writeFile(t, directory, "wrapped.json", []byte(fmt.Sprintf(`{"logs":%s}`, array))),
		writeFile(t, directory, "cut.json.zst", zstded(t, array)[:20_000]),
	}
	sources, _ := Discover(names, Config{}, Events{})
	a := NewArchive(sources, Config{BlockSize: 8 << 10})
	got := readAll(t, a)
	for i, document := range []bool{true, false, true, true} {
		if sources[i].Document != document {
			t.Errorf("%q: document %v", names[i], sources[i].Document)
		}
	}
	if whole := 2*3000 + 2; len(got.lines) <= whole || !slices.Equal(got.lines[:3000], got.lines[3002:6002]) {
		t.Errorf("%d records and lines", len(got.lines))
	}
	if len(got.failures) != 1 || got.failures[0].Source != sources[3] {
		t.Errorf("failures %v", got.failures)
	}
	if last := got.defects[len(got.defects)-1]; last != Broken {
		t.Errorf("the record that was cut off is %v", last)
	}
}

// hugeArray is an array of records on one line, of at least size bytes.
func hugeArray(size int) io.Reader {
	records := jsonArray(1000)
	records[len(records)-1] = ','
	parts := []io.Reader{strings.NewReader("[")}
	for ; size > 0; size -= len(records) {
		parts = append(parts, strings.NewReader(string(records[1:])))
	}
	return io.MultiReader(append(parts, strings.NewReader("1]"))...)
}

func TestDocumentMemoryIsBounded(t *testing.T) {
	path := writeFile(t, t.TempDir(), "huge.json", nil)
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := io.Copy(file, hugeArray(32<<20)); err != nil {
		t.Fatal(err)
	}
	records := 0
	used := allocated(func() {
		sources, _ := Discover([]string{path}, Config{}, Events{})
		a := NewArchive(sources, Config{})
		for {
			b, err := a.Next()
			if err != nil {
				break
			}
			for _, _, ok := b.Next(); ok; _, _, ok = b.Next() {
				records++
			}
			b.Release()
		}
	})
	if records < 60_000 || used > 8<<20 {
		t.Errorf("%d records, %d MiB allocated", records, used>>20)
	}
}

func TestTooLongRecordIsNotBuffered(t *testing.T) {
	config := Config{Stdin: io.MultiReader(
		strings.NewReader(`[{"a":"`), &repeated{'x', 100 << 20}, strings.NewReader(`"},{"b":2}]`)), MaxRecord: 2 << 20}
	var got outcome
	if used := allocated(func() { got = readFile(t, StdinName, config) }); used > 24<<20 {
		t.Errorf("%d MiB allocated", used>>20)
	}
	if len(got.lines) != 2 || got.defects[0] != TooLong || got.lines[1] != `{"b":2}` {
		t.Errorf("records %.20q, %v", got.lines, got.defects)
	}
}
