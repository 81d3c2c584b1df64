package parser

import (
	"testing"
	"time"
)

// testDates are moments where calendars go wrong, and many others.
func testDates() (dates []time.Time) {
	for _, year := range []int{1, 99, 100, 399, 400, 1582, 1600, 1699, 1700, 1899, 1900, 1904, 1969, 1970, 1972, 1999, 2000, 2001, 2024, 2026, 2038, 2096, 2100, 2400, 9999} {
		for month := time.January; month <= time.December; month++ {
			for _, day := range []int{1, 2, 15, 28, 29, 30, 31} {
				if date := time.Date(year, month, day, 23, 59, 58, 0, time.UTC); date.Day() == day {
					dates = append(dates, date)
				}
			}
		}
	}
	for date := time.Date(1996, 1, 1, 0, 0, 0, 0, time.UTC); date.Year() < 2040; date = date.Add(25*time.Hour + 61*time.Second) {
		dates = append(dates, date)
	}
	return dates
}

func TestTimesOfManyDates(t *testing.T) {
	zones := []*time.Location{
		time.UTC, time.FixedZone("", 2*3600), time.FixedZone("", -9*3600-30*60), time.FixedZone("", 14*3600), time.FixedZone("", -12*3600), time.FixedZone("", 59*60),
	}
	forms := []struct {
		name, layout string
		parse        func([]byte) (int64, bool)
	}{
		{"parseTimeLocal", timeLocal, parseTimeLocal},
		{"parseTimeISO8601", timeISO8601, parseTimeISO8601},
		{"parseTimeISO8601", "2006-01-02T15:04:05.000-0700", parseTimeISO8601},
		{"parseTimeISO8601", "2006-01-02 15:04:05.000Z07:00", parseTimeISO8601},
	}
	for i, date := range testDates() {
		date = date.In(zones[i%len(zones)])
		if date.Year() < 1 || date.Year() > 9999 {
			continue
		}
		for _, form := range forms {
			text := date.Format(form.layout)
			back, err := time.Parse(form.layout, text)
			if err != nil {
				t.Fatalf("time.Parse(%q): %v", text, err)
			}
			if got, ok := form.parse([]byte(text)); got != back.UnixMilli() || !ok {
				t.Fatalf("%s(%q) = %d, %t, want %d, true", form.name, text, got, ok, back.UnixMilli())
			}
		}
	}
}

func TestParseTimeLocal(t *testing.T) {
	accepted := map[string]string{
		"01/Jan/1970:00:00:00 +0000": "1970-01-01T00:00:00Z",
		"31/Dec/1969:23:59:59 +0000": "1969-12-31T23:59:59Z",
		"29/Feb/2024:12:00:00 -0330": "2024-02-29T15:30:00Z",
		"29/Feb/2000:00:00:00 +0000": "2000-02-29T00:00:00Z",
		"01/Jan/2026:01:00:00 +0200": "2025-12-31T23:00:00Z",
		"31/Dec/2016:23:59:60 +0000": "2017-01-01T00:00:00Z", // a leap second
	}
	for text, want := range accepted {
		checkTime(t, "parseTimeLocal", parseTimeLocal, text, want)
	}
	refused := []string{
		"", "-", "25/Nov/2026:10:00:00", "25/Nov/2026:10:00:00 +000", "25/Nov/2026:10:00:00 +00000", "25/Nov/2026 10:00:00 +0000",
		"00/Nov/2026:10:00:00 +0000", "31/Nov/2026:10:00:00 +0000", "32/Dec/2026:10:00:00 +0000", "29/Feb/2026:10:00:00 +0000",
		"29/Feb/1900:10:00:00 +0000", "29/Feb/2100:10:00:00 +0000", "30/Feb/2024:10:00:00 +0000",
		"25/nov/2026:10:00:00 +0000", "25/NOV/2026:10:00:00 +0000", "25/Nvo/2026:10:00:00 +0000", "25/11./2026:10:00:00 +0000",
		"25/Nov/2026:24:00:00 +0000", "25/Nov/2026:10:60:00 +0000", "25/Nov/2026:10:00:61 +0000",
		"25/Nov/2026:10:00:00 +0060", "25/Nov/2026:10:00:00 +1600", "25/Nov/2026:10:00:00 00000", "25/Nov/2026:10:00:00 *0000",
		" 5/Nov/2026:10:00:00 +0000", "25-Nov-2026:10:00:00 +0000", "25/Nov/2026:10.00.00 +0000", "25/Nov/20x6:10:00:00 +0000",
		"2x/Nov/2026:10:00:00 +0000", "25/Nov/2026:1x:00:00 +0000", "25/Nov/2026:10:0x:00 +0000", "25/Nov/2026:10:00:x0 +0000",
		"25/Nov/2026:10:00:00 +0x00", "25/Nov/2026:10:00:00 +000x", "25/Nov/2026:10:00:00Z+0000", "25/Nov/0000:10:00:00 +0000", "25/Nov/2026:10:00:00 +00:0",
	}
	for _, text := range refused {
		checkNoTime(t, "parseTimeLocal", parseTimeLocal, text)
	}
}

func TestParseTimeISO8601(t *testing.T) {
	accepted := map[string]string{
		"2026-11-25T10:00:00+00:00":              "2026-11-25T10:00:00Z",
		"2026-11-25T10:00:00-05:30":              "2026-11-25T15:30:00Z",
		"2026-11-25T10:00:00Z":                   "2026-11-25T10:00:00Z",
		"2026-11-25T10:00:00z":                   "2026-11-25T10:00:00Z",
		"2026-11-25 10:00:00+0100":               "2026-11-25T09:00:00Z",
		"2026-11-25T10:00:00.1Z":                 "2026-11-25T10:00:00.1Z",
		"2026-11-25T10:00:00.123+00:00":          "2026-11-25T10:00:00.123Z",
		"2026-11-25T10:00:00.123456789Z":         "2026-11-25T10:00:00.123Z",
		"2026-11-25T10:00:00.9995Z":              "2026-11-25T10:00:01Z",
		"2016-12-31T23:59:60Z":                   "2017-01-01T00:00:00Z",
		"1969-12-31T23:59:59.5Z":                 "1969-12-31T23:59:59.5Z",
		"2026-11-25T10:00:00.00000000000000001Z": "2026-11-25T10:00:00Z",
	}
	for text, want := range accepted {
		checkTime(t, "parseTimeISO8601", parseTimeISO8601, text, want)
	}
	refused := []string{
		"", "-", "2026-11-25", "2026-11-25T10:00:00", "2026-11-25T10:00:00.5", "2026-11-25T10:00:00.Z", "2026-11-25T10:00:00.x5Z", "2026-11-25T10:00Z",
		"2026-11-25_10:00:00Z", "2026/11/25T10:00:00Z", "2026-13-25T10:00:00Z", "2026-00-25T10:00:00Z", "2026-11-31T10:00:00Z", "2026-11-00T10:00:00Z",
		"2026-02-29T10:00:00Z", "2026-11-25T24:00:00Z", "2026-11-25T10:60:00Z", "2026-11-25T10:00:61Z", "2026-11-25T10:00:00ZZ",
		"2026-11-25T10:00:00+1", "2026-11-25T10:00:00+01", "2026-11-25T10:00:00+01.00", "2026-11-25T10:00:00+01:0", "2026-11-25T10:00:00+01:60", "2026-11-25T10:00:00+16:00",
		"2026-11-25T10:00:00~01:00", "2026-11-25T10:00:00 +01:00", "x026-11-25T10:00:00Z", "2026-x1-25T10:00:00Z", "2026-11-x5T10:00:00Z", "2026-11-25Tx0:00:00Z",
		"2026-11-25T10:00:00.123", "2026-11-25T10:00:00,123Z", "0000-11-25T10:00:00Z",
	}
	for _, text := range refused {
		checkNoTime(t, "parseTimeISO8601", parseTimeISO8601, text)
	}
}

func TestParseEpoch(t *testing.T) {
	accepted := map[string]string{
		"0.000":             "1970-01-01T00:00:00Z",
		"1764036000.123":    "2025-11-25T02:00:00.123Z",
		"1764036000":        "2025-11-25T02:00:00Z",
		"1764036000.1":      "2025-11-25T02:00:00.1Z",
		"1764036000.123999": "2025-11-25T02:00:00.124Z",
		"1764036000123":     "2025-11-25T02:00:00.123Z", // milliseconds
		"4102444800.000":    "2100-01-01T00:00:00Z",
	}
	for text, want := range accepted {
		checkTime(t, "parseEpoch", parseEpoch, text, want)
	}
	for _, text := range []string{"", "-", "-1.000", "1764036000.", "17640360001x3", "1764036000 ", "2026-11-25T10:00:00Z", "1.764e9", "1764036000123456"} {
		checkNoTime(t, "parseEpoch", parseEpoch, text)
	}
}

func checkTime(t *testing.T, name string, parse func([]byte) (int64, bool), text, want string) {
	t.Helper()
	date, err := time.Parse(time.RFC3339, want)
	if err != nil {
		t.Fatal(err)
	}
	b := []byte(text)
	if got, ok := parse(b[:len(b):len(b)]); got != date.UnixMilli() || !ok {
		t.Errorf("%s(%q) = %d, %t, want %d, true (%s)", name, text, got, ok, date.UnixMilli(), want)
	}
}

func checkNoTime(t *testing.T, name string, parse func([]byte) (int64, bool), text string) {
	t.Helper()
	b := []byte(text)
	if got, ok := parse(b[:len(b):len(b)]); ok {
		t.Errorf("%s(%q) = %d (%s), want none", name, text, got, time.UnixMilli(got).UTC())
	}
}

// TestTimesThatFollowEachOther reads times that look like the one before, of
// which parsers remember the last.
func TestTimesThatFollowEachOther(t *testing.T) {
	tests := []struct {
		variable string
		parse    func([]byte) (int64, bool)
		texts    []string
	}{
		{"time_iso8601", parseTimeISO8601, []string{
			"2026-11-25T10:00:00+00:00", "2026-11-25T10:00:00+00:00", "2026-11-25T10:00:01+00:00", "2026-11-25T10:00:01Z", "2026-11-25T10:00:01z",
			"2026-11-25T10:00:01.0000000000000000000000Z", "2026-11-25T10:00:01.0000000000000000000001Z", "nonsense", "2026-11-25T10:00:01z",
			"2026-11-25T10:00:01.9999999999999999999999Z", "2026-11-25T10:00:01z", "2026-11-25T10:00:02z",
		}},
		{"time_local", parseTimeLocal, []string{
			"25/Nov/2026:10:00:00 +0000", "25/Nov/2026:10:00:00 +0000", "25/Nov/2026:10:00:00 +0100", "25/Nov/2026:10:00:61 +0100", "25/Nov/2026:10:00:00 +0100", "25/Nov/2026:10:00:01 +0100",
		}},
		{"msec", parseEpoch, []string{
			"1764036000.123", "1764036000.124", "1764036000.12x", "1764036000.1234", "1764036000.5", "1764036000", "1764036001.123", "1764036000123", "1764036001.999",
			"176403600x.999", "1764036001.999", "176403600.1999", "1764036001:999", "0.001", "10.001", "1764036001.000", "+764036001.000", "1764036001.-00", "99999999999999.123",
			"176403.002.123", "1764036002.123", "1764036002. 23", "1764036002.999", "1764036003.0", "1764036003.0005",
		}},
	}
	for _, tt := range tests {
		p := mustCompile(t, "$"+tt.variable+"|$status", Options{}).NewParser()
		for i, text := range tt.texts {
			want := partial(tt.variable, "status=200")
			if ms, ok := tt.parse([]byte(text)); ok {
				want = parsed("time=" + time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000") + " status=200")
			}
			if got := parse(p, text+"|200"); got != want {
				t.Errorf("$%s, line %d, %q after others\n got %v\nwant %v", tt.variable, i, text, got, want)
			}
		}
	}
}

// TestTimesAreCutSafely cuts and changes good times at every place: nothing may
// be read behind the end.
func TestTimesAreCutSafely(t *testing.T) {
	for _, text := range []string{"25/Nov/2026:10:00:00 +0000", "2026-11-25T10:00:00.123+00:00", "1764036000.123"} {
		for end := range len(text) + 1 {
			for _, tail := range []string{"", ".", "+", "0", "Z", ":"} {
				b := []byte(text[:end] + tail)
				b = b[:len(b):len(b)]
				parseTimeLocal(b)
				parseTimeISO8601(b)
				parseEpoch(b)
			}
		}
	}
}
