package report

import "testing"

func TestShow(t *testing.T) {
	const hostile = "a\"\x1b\u202e世"
	for _, test := range []struct{ got, want string }{
		{Quoted(hostile, true), `"a\"\x1b\u202e世"`},
		{Quoted(hostile, false), `"a\"\x1b\u202e\u4e16"`},
		{Visible(hostile, true), `a"\x1b\u202e世`},
		{Grouped(1234567), "1,234,567"},
	} {
		if test.got != test.want {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
	}
	if got := Cells("世a"); got != 3 {
		t.Errorf("Cells = %d, want 3", got)
	}
	if got := Wrap("one two three", 10); len(got) != 2 || got[0] != "one two" {
		t.Errorf("Wrap = %q", got)
	}
	got, err := JSON(struct{ A, B string }{hostile, "<&>"}, "")
	if want := `{"A":"a\"\u001b\u202e世","B":"<&>"}`; err != nil || string(got) != want {
		t.Errorf("JSON = %s, %v, want %s", got, err, want)
	}
	if _, err := JSON(func() {}, ""); err == nil {
		t.Error("JSON of a function gives no error")
	}
}
