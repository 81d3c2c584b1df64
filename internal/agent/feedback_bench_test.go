package agent

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkFeedback looks at a log once a second in which each of 64 servers has
// been busy, and at 200 logs in which nothing has happened.
func BenchmarkFeedback(b *testing.B) {
	const servers = 64
	for _, logs := range []int{1, 200} {
		b.Run(fmt.Sprintf("servers=%d/logs=%d", servers, logs), func(b *testing.B) {
			names := make([]string, logs)
			for i := range names {
				names[i] = fmt.Sprintf("%d.log", i)
			}
			f := newFedTest(names...)
			f.pools[0].servers = nil
			for i := range servers {
				f.pools[0].servers = append(f.pools[0].servers, fedServer{fmt.Sprintf("app%d", i), fmt.Sprintf("10.0.0.%d:80", i)})
			}
			second := func() int {
				f.now = f.now.Add(time.Second)
				said := f.look(f.now, f.conf, f.logs, f.pools)
				if len(said) == 0 {
					return 0
				}
				return len(said[0].summaries)
			}
			work := func() {
				for _, s := range f.pools[0].servers {
					f.add(0, s.address, 200, 3, 40, 700)
				}
			}
			work()
			second()
			second()
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				work()
				b.StartTimer()
				if got := second(); got != servers {
					b.Fatalf("%d servers were told of, want %d", got, servers)
				}
			}
		})
	}
}
