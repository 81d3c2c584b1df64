package aggregator

import "github.com/splitgauge/splitgauge/parser"

// Keys of counters: numbers of names side by side, each in as many bits as its
// dimension needs.
const (
	statusBits  = 7 // MaxStatuses + 1 numbers
	methodBits  = 4 // parser.Methods
	variantBits = 6 // MaxVariants + 1
	serverBits  = 9 // MaxServers + 1
)

func requestKey(host, variant int, method parser.Method, status int) uint32 {
	return uint32(((host<<variantBits|variant)<<methodBits|int(method))<<statusBits | status)
}

// requestKey returns what a request counts by: where there are too many keys
// already, with Other for the host.
func (s *Shard) requestKey(host, variant int, method parser.Method, status int) uint32 {
	key := requestKey(host, variant, method, status)
	if s.requests.used >= maxRequestKeys && !s.requests.has(key) {
		return requestKey(MaxHosts, variant, method, status)
	}
	return key
}

func splitRequestKey(key uint32) (host, variant int, method parser.Method, status int) {
	status = int(key & (1<<statusBits - 1))
	key >>= statusBits
	method = parser.Method(key & (1<<methodBits - 1))
	key >>= methodBits
	return int(key >> variantBits), int(key & (1<<variantBits - 1)), method, status
}

func attemptKey(variant, server int) uint32 { return uint32(variant<<serverBits | server) }

func splitAttemptKey(key uint32) (variant, server int) {
	return int(key >> serverBits), int(key & (1<<serverBits - 1))
}
