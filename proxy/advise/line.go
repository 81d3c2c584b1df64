package advise

import (
	"fmt"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// unknown is the answer about what there is not. To HAProxy the sharp begins a
// remark, and nothing but a remark changes nothing.
const unknown = "# unknown\n"

// line is what HAProxy is told of a server. "up" takes back "down", and nothing
// else: it does not overrule HAProxy's own checks.
func line(s *balance.ServerStats, share float64, panics, sayDown bool) string {
	switch {
	case s.State != balance.Ready || s.Weight == 0:
		return "0% up\n"
	case sayDown && !panics && s.Health == balance.Down:
		return "down # active checks\n"
	case sayDown && !panics && s.Health == balance.Ejected:
		return "down # ejected\n"
	}
	return fmt.Sprintf("%d%% up\n", percent(share))
}
