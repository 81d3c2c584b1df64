package tailer

import (
	"slices"
	"testing"
)

func TestOrder(t *testing.T) {
	times := map[string]int64{"late": 300, "early": 100, "same.log": 200, "same.log.1": 200, "same.log.2.gz": 200}
	for _, test := range []struct {
		name string
		give []string
		want []string
	}{
		{"by time", []string{"late", "early", "same.log", "same.log.2.gz", "same.log.1"},
			[]string{"early", "same.log.2.gz", "same.log.1", "same.log", "late"}},
		{"without a time last", []string{"b.log", "late", "a.log", "early"},
			[]string{"early", "late", "a.log", "b.log"}},
		{"numbered, the highest is the oldest",
			[]string{"access.log", "access.log.1", "access.log.10.gz", "access.log.9.gz", "access.log.2"},
			[]string{"access.log.10.gz", "access.log.9.gz", "access.log.2", "access.log.1", "access.log"}},
		{"dated, the file being written last",
			[]string{"access.log", "access.log-20261102.gz", "access.log-20261101.zst", "access.log-20261103"},
			[]string{"access.log-20261101.zst", "access.log-20261102.gz", "access.log-20261103", "access.log"}},
		{"dated with an hour, dashes or a dot",
			[]string{"a.log-2026110210", "a.log-2026110209", "b.log", "b.log-2026-11-02", "b.log-2026-10-31", "c.log.20261102", "c.log.20261101"},
			[]string{"a.log-2026110209", "a.log-2026110210", "b.log-2026-10-31", "b.log-2026-11-02", "b.log", "c.log.20261101", "c.log.20261102"}},
		{"sets apart, numbers as numbers",
			[]string{"web10/access.log", "web2/access.log", "web2/access.log.1", "web2/error.log.1"},
			[]string{"web2/access.log.1", "web2/access.log", "web2/error.log.1", "web10/access.log"}},
		{"date inside the name",
			[]string{"access-20261102.log", "access-20261101.log.gz"},
			[]string{"access-20261101.log.gz", "access-20261102.log"}},
		{"equal names keep their order", []string{"x", "x"}, []string{"x", "x"}},
		{"digits alone", []string{"10", "9", "-", ""}, []string{"", "-", "9", "10"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var sources []*Source
			for _, name := range test.give {
				sources = append(sources, &Source{Name: name})
			}
			Order(sources, func(s *Source) (int64, bool) { time, ok := times[s.Name]; return time, ok })
			var got []string
			for i, source := range sources {
				got = append(got, source.Name)
				if source.Index != i {
					t.Errorf("%q has index %d at position %d", source.Name, source.Index, i)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q\nwant %q", got, test.want)
			}
		})
	}
}
