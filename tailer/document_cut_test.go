package tailer

import "testing"

// TestCutFirstLineIsNoDocument keeps a log whose first line is cut off from
// being taken for one JSON document, which would break at its second line.
func TestCutFirstLineIsNoDocument(t *testing.T) {
	for _, test := range []struct {
		text     string
		document bool
	}{
		{"{\"status\":\"200\",\n{\"status\":\"200\"}\n", false},
		{"{\"status\":\"20\n{\"status\":\"200\"}\n", false},
		{"{\n{\"status\":\"200\"}\n", false},
		{"{\"logs\":\n{\"a\":[]}}\n", true},
		{"{\"logs\":[\n{\"status\":\"200\"}\n]}", true},
		{"{\"logs\":[{\"status\":\"200\"},\n{\"status\":\"200\"}]}", true},
		{"{\n  \"status\": 200\n}\n", true},
	} {
		if document, _ := looksLikeDocument([]byte(test.text), true); document != test.document {
			t.Errorf("%q: document %v; want %v", test.text, document, test.document)
		}
	}
}
