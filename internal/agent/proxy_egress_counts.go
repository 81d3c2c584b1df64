package agent

import (
	"net/http"
	"sync/atomic"

	"github.com/splitgauge/splitgauge/proxy/egress"
)

// egressCounts counts requests to egress listeners by what became of them. Any
// goroutine may use it.
type egressCounts struct{ forwarded, refused, failed atomic.Int64 }

func (c *egressCounts) count(r *egress.Request) {
	switch {
	case r.Refusal == "":
		c.forwarded.Add(1)
	case r.Status < http.StatusInternalServerError:
		c.refused.Add(1)
	default: // it was allowed, or could not be looked up, and nobody answered
		c.failed.Add(1)
	}
}

// published returns the counts by the names that metrics have for outcomes.
func (c *egressCounts) published() map[string]int64 {
	return map[string]int64{"forwarded": c.forwarded.Load(), "refused": c.refused.Load(), "failed": c.failed.Load()}
}
