package config

// proxyKeys are the keys of proxies.
func proxyKeys() []key {
	return []key{
		{name: "connections", about: "Connections in all, waiting ones included. By default what the limit of open files allows.", example: "9000",
			set: setCount(func(s *scope) *int { return &s.config.Proxies.Proxy.Connections }, 1, 1<<20)},
		{name: "drain_time", kind: duration, about: "How long connections may go on after the end, or after their listener was removed. By default 30s.", example: "30s",
			set: setSpan(func(s *scope) *timeSpan { return &s.config.Proxies.Proxy.DrainTime }, "0s", "24h")},
		{name: "resolve_every", kind: duration, about: "How often names of servers are looked up again. By default 30s.", example: "30s",
			set: setSpan(func(s *scope) *timeSpan { return &s.config.Proxies.Proxy.ResolveEvery }, "1s", "24h")},
		{name: "access_log", about: "A file for one line of JSON a connection; it is opened anew on SIGUSR1 and on reload. By default none.", example: "/var/log/splitgauge/proxy.log",
			set: setText(func(s *scope) *string { return &s.config.Proxies.AccessLog })},
		{name: "listeners", kind: list, about: "Where connections come in.", begin: beginListener, keys: listenerKeys()},
		{name: "pools", kind: list, about: "Servers, and how they are balanced.", begin: beginPool, keys: poolKeys()},
		{name: "egress", kind: list, about: "Listeners for HTTP requests that name their destination in X-Egress-Scheme and X-Egress-Host.", begin: beginEgress, keys: egressKeys()},
		{name: "agent_check", about: "host:port where HAProxy's agent-check is told advised weights. By default none.", example: "127.0.0.1:9919", set: setAgentCheck},
	}
}

func listenerKeys() []key {
	return []key{
		{name: "name", about: "What metrics and logs call it. By default its address.", example: "web", set: setName(func(s *scope) *string { return &s.listener.Name })},
		{name: "address", about: "host:port, or unix:/path.", example: "127.0.0.1:8080", set: setListenAddress(func(s *scope) *string { return &s.listener.Address })},
		{name: "pool", about: "The pool that its connections go to.", example: "app", set: setName(func(s *scope) *string { return &s.listener.Pool })},
		{name: "client_first", kind: boolean, about: "Whether clients speak first, as with HTTP and TLS: then HTTP is answered readably when no server can be reached. By default false.", example: "true",
			set: setFlag(func(s *scope) *bool { return &s.listener.ClientFirst })},
		{name: "accept_proxy", kind: words, about: "Networks whose connections begin with a PROXY protocol header.", example: "[10.0.0.0/8]",
			set: addPrefix(func(s *scope) *prefixes { return &s.listener.AcceptProxy })},
		{name: "send_proxy", about: "The version of the PROXY protocol header that servers are sent.", usual: "0", choices: []string{"0", "1", "2"},
			set: setCount(func(s *scope) *int { return &s.listener.SendProxy }, 0, 2)},
		{name: "splice_after", kind: size, about: "After how many bytes one way the kernel copies by itself. By default never.", example: "1MiB",
			set: setSize(func(s *scope) *int64 { return &s.listener.SpliceAfter }, 1, 1<<40)},
		{name: "gate", kind: mapping, about: "Whose connections are taken.", keys: []key{
			{name: "allow", kind: words, about: "Networks; the longest of allow and deny decides.", example: "[192.0.2.0/24]", set: addPrefix(func(s *scope) *prefixes { return &s.listener.Gate.Allow })},
			{name: "deny", kind: words, about: "Networks that are turned away.", example: "[192.0.2.66/32]", set: addPrefix(func(s *scope) *prefixes { return &s.listener.Gate.Deny })},
			{name: "connections", about: "Connections of one source at once. By default no limit.", example: "100", set: setCount(func(s *scope) *int { return &s.listener.Gate.Connections }, 1, 1<<20)},
			{name: "rate", about: "Connections a second of one source. By default no limit.", example: "50", set: setNumber(func(s *scope) *float64 { return &s.listener.Gate.Rate }, 0.001, 1e6)},
			{name: "burst", about: "How many of them may come at once. By default rate.", example: "100", set: setCount(func(s *scope) *int { return &s.listener.Gate.Burst }, 1, 1<<20)},
			{name: "ipv6_bits", about: "How much of an IPv6 address makes a source. By default 64.", example: "64", set: setCount(func(s *scope) *int { return &s.listener.Gate.IPv6Bits }, 1, 128)},
			{name: "sources", about: "How many sources are kept track of. By default 65536.", example: "65536", set: setCount(func(s *scope) *int { return &s.listener.Gate.Sources }, 1, 1<<22)},
		}},
		{name: "queue", kind: mapping, about: "How many connections are served at once, and how many may wait.", keys: []key{
			{name: "connections", about: "Served at once. By default no limit.", example: "1000", set: setCount(func(s *scope) *int { return &s.listener.Queue.Connections }, 1, 1<<20)},
			{name: "length", about: "That wait, first come first served. By default none.", example: "500", set: setCount(func(s *scope) *int { return &s.listener.Queue.Length }, 1, 1<<20)},
			{name: "timeout", kind: duration, about: "How long one waits at most. By default 5s.", example: "5s", set: setSpan(func(s *scope) *timeSpan { return &s.listener.Queue.Timeout }, "1ms", "1h")},
		}},
		{name: "timeouts", kind: mapping, about: "How long what may take.", keys: timeoutKeys()},
		{name: "dial", kind: mapping, about: "How servers are connected to.", keys: []key{
			{name: "tries", about: "Servers that are tried at most. By default 3.", example: "3", set: setCount(func(s *scope) *int { return &s.listener.Dial.Tries }, 1, 100)},
			{name: "budget", kind: duration, about: "For all tries together. By default twice timeouts.connect.", example: "10s", set: setSpan(func(s *scope) *timeSpan { return &s.listener.Dial.Budget }, "1ms", "1h")},
			{name: "retry_share", about: "The share of connections that may be at a second try. By default 0.2.", example: "0.2", set: setNumber(func(s *scope) *float64 { return &s.listener.Dial.RetryShare }, 0.001, 1)},
			{name: "sources", kind: words, about: "Own addresses to connect from, in turn: each has 28 000 ports for a server.", example: "[127.0.0.2, 127.0.0.3]", set: addSource},
			{name: "keep_alive", kind: duration, about: "Between TCP keep-alive probes, both sides. By default none.", example: "30s", set: setSpan(func(s *scope) *timeSpan { return &s.listener.Dial.KeepAlive }, "1s", "24h")},
		}},
		{name: "mark", kind: mapping, about: "How a connection chooses its server by hand.", keys: []key{
			{name: "header", about: "A header of HTTP requests that names the server; wants client_first and header_from.", example: "X-Upstream", set: setHeaderName},
			{name: "header_from", kind: words, about: "Networks whose header counts.", example: "[127.0.0.0/8]", set: addPrefix(func(s *scope) *prefixes { return &s.listener.Mark.HeaderFrom })},
			{name: "sources", kind: texts, about: "The server of connections from a network.", example: "{192.0.2.7/32: app1}", put: putMark},
		}},
	}
}

func timeoutKeys() []key {
	return []key{
		{name: "connect", kind: duration, about: "To one server. By default 5s.", example: "5s", set: setSpan(func(s *scope) *timeSpan { return &s.listener.Timeouts.Connect }, "1ms", "1h")},
		{name: "header", kind: duration, about: "For a PROXY header or the head of a request. By default 3s.", example: "3s", set: setSpan(func(s *scope) *timeSpan { return &s.listener.Timeouts.Header }, "1ms", "1h")},
		{name: "idle", kind: duration, about: "No byte either way. By default 10m.", example: "10m", set: setSpan(func(s *scope) *timeSpan { return &s.listener.Timeouts.Idle }, "10ms", "720h")},
		{name: "half_closed", kind: duration, about: "No byte after one side has closed. By default 30s.", example: "30s", set: setSpan(func(s *scope) *timeSpan { return &s.listener.Timeouts.HalfClosed }, "10ms", "720h")},
		{name: "write", kind: duration, about: "One side takes nothing of what is there for it. By default 1m.", example: "1m", set: setSpan(func(s *scope) *timeSpan { return &s.listener.Timeouts.Write }, "10ms", "720h")},
		{name: "lifetime", kind: duration, about: "From first to last. By default for ever.", example: "1h", set: setSpan(func(s *scope) *timeSpan { return &s.listener.Timeouts.Lifetime }, "10ms", "720h")},
		{name: "jitter", about: "By up to which share of it a lifetime is shortened. By default 0.1.", example: "0.1", set: setNumber(func(s *scope) *float64 { return &s.listener.Timeouts.Jitter }, 0.001, 1)},
	}
}

func poolKeys() []key {
	return []key{
		{name: "name", about: "What listeners and metrics call it.", example: "app", set: setName(func(s *scope) *string { return &s.pool.config.Name })},
		{name: "policy", about: "How servers are chosen.", usual: "measured", choices: policyNames(), set: setText(func(s *scope) *string { return &s.pool.config.Policy })},
		{name: "split", about: "For the policy split_clients: the block.", instead: true, example: `'split_clients "${remote_addr}AAA" $variant { 50% .one; * .two; }'`, set: setPoolSplit},
		{name: "servers", kind: list, about: "The servers; host:port alone is one, too.", begin: beginServer, plain: plainServer, keys: []key{
			{name: "name", about: "As logs and people call it. By default its address.", example: "app1", set: setName(func(s *scope) *string { return &s.server.Name })},
			{name: "address", about: "host:port or unix:/path.", example: "10.0.0.1:8080", set: setServerAddress},
			{name: "weight", about: "Its share in relation to the others; 0 gives it none but marked connections.", usual: "1", set: setWeight},
			{name: "variant", about: "For the policy split_clients: the value whose clients it serves.", instead: true, example: ".one", set: setText(func(s *scope) *string { return &s.server.Variant })},
			{name: "capacity", about: "How many connections it can serve at once, where that is known.", example: "500", set: setCount(func(s *scope) *int { return &s.server.Capacity }, 1, 1<<20)},
		}},
		{name: "health", kind: mapping, about: "When a server is left out.", keys: healthKeys()},
		{name: "feedback", kind: boolean, about: "Whether what logs say of its servers counts.", usual: "true", set: setFlag(func(s *scope) *bool { return &s.pool.feedback })},
	}
}

func healthKeys() []key {
	return []key{
		{name: "consecutive_failures", about: "So many in a row eject. By default 5.", example: "5", set: setCount(func(s *scope) *int { return &s.pool.config.Health.ConsecutiveFailures }, 1, 1<<20)},
		{name: "ejection_time", kind: duration, about: "Times how often it has been ejected. By default 30s.", example: "30s", set: setSpan(func(s *scope) *timeSpan { return &s.pool.config.Health.EjectionTime }, "10ms", "24h")},
		{name: "max_ejection_time", kind: duration, about: "At most. By default 5m.", example: "5m", set: setSpan(func(s *scope) *timeSpan { return &s.pool.config.Health.MaxEjectionTime }, "10ms", "24h")},
		{name: "max_ejected_share", about: "Of the servers, but one of two or more. By default 0.1.", example: "0.1", set: setNumber(func(s *scope) *float64 { return &s.pool.config.Health.MaxEjectedShare }, 0.001, 1)},
		{name: "panic_threshold", about: "With a smaller share of healthy servers health is ignored. By default 0.5.", example: "0.5", set: setNumber(func(s *scope) *float64 { return &s.pool.config.Health.PanicThreshold }, 0.001, 1)},
		{name: "slow_start", kind: duration, about: "From a tenth to the whole weight. By default 30s.", example: "30s", set: setSpan(func(s *scope) *timeSpan { return &s.pool.config.Health.SlowStart }, "1ms", "24h")},
		{name: "rise", about: "Good checks that bring a server back. By default 2.", example: "2", set: setCount(func(s *scope) *int { return &s.pool.config.Health.Rise }, 1, 1000)},
		{name: "fall", about: "Bad ones that take it out. By default 3.", example: "3", set: setCount(func(s *scope) *int { return &s.pool.config.Health.Fall }, 1, 1000)},
		{name: "check", kind: mapping, about: "An active check; by default none.", keys: []key{
			{name: "type", about: "tcp: connecting is enough; http: path is asked for.", example: "http", choices: []string{"tcp", "http"}, set: setCheckType},
			{name: "interval", kind: duration, about: "Between two of a server. By default 5s.", example: "5s", set: setSpan(func(s *scope) *timeSpan { return &s.pool.checkConfig().Interval }, "10ms", "24h")},
			{name: "timeout", kind: duration, about: "For one. By default 2s.", example: "2s", set: setSpan(func(s *scope) *timeSpan { return &s.pool.checkConfig().Timeout }, "1ms", "1h")},
			{name: "path", about: "What http asks for.", example: "/healthz", set: setCheckPath},
			{name: "host", about: "The Host it names. By default the server's address.", example: "app.example", set: setText(func(s *scope) *string { return &s.pool.checkConfig().Host })},
			{name: "status", about: "The one a healthy server answers. By default any from 200 to 399.", example: "200", set: setCount(func(s *scope) *int { return &s.pool.checkConfig().Status }, 100, 599)},
		}},
	}
}

func egressKeys() []key {
	return []key{
		{name: "address", about: "host:port.", example: "127.0.0.1:3128", set: setListenAddress(func(s *scope) *string { return &s.egress.Address })},
		{name: "from", kind: words, about: "Networks that may use it. By default this machine.", example: "[127.0.0.0/8]", set: addPrefix(func(s *scope) *prefixes { return &s.egress.From })},
		{name: "hosts", kind: words, about: "Names that requests may go to: exact, or *.example.com.", example: "[api.example.com]", set: addWord(func(s *scope) *[]string { return &s.egress.Hosts })},
		{name: "networks", kind: words, about: "Networks that they may go to under whatever name; only these open what is not of the public internet.", example: "[10.1.0.0/16]",
			set: addPrefix(func(s *scope) *prefixes { return &s.egress.Networks })},
		{name: "ports", kind: words, about: "By default 80 and 443.", example: "[443]", set: addPort},
		{name: "requests", about: "At once. By default 256.", example: "256", set: setCount(func(s *scope) *int { return &s.egress.Requests }, 1, 1<<16)},
		{name: "body", kind: size, about: "Of a request, at most. By default 10MiB.", example: "10MiB", set: setSize(func(s *scope) *int64 { return &s.egress.Body }, 1, 1<<40)},
		{name: "connect", kind: duration, about: "To look up and connect. By default 5s.", example: "5s", set: setSpan(func(s *scope) *timeSpan { return &s.egress.Connect }, "1ms", "1h")},
		{name: "header", kind: duration, about: "For the head of a request, and of a response. By default 30s.", example: "30s", set: setSpan(func(s *scope) *timeSpan { return &s.egress.Header }, "1ms", "1h")},
		{name: "total", kind: duration, about: "For a request with its response. By default 5m.", example: "5m", set: setSpan(func(s *scope) *timeSpan { return &s.egress.Total }, "1ms", "24h")},
	}
}
