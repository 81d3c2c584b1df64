// Package proxy is a light TCP proxy: it accepts, decides where to, copies bytes
// both ways and leaves nothing behind.
//
//	p, err := proxy.New(proxy.Config{
//		Pools:     []balance.Config{{Name: "web", Servers: []balance.ServerConfig{{Address: "10.0.0.1:80"}, {Address: "10.0.0.2:80"}}}},
//		Listeners: []proxy.ListenerConfig{{Address: ":8080", Pool: "web"}},
//	}, proxy.Events{})
//	…
//	err = p.Run(ctx) // until ctx ends and what is open has drained
//
// In come connections and a Config; out go connections to the servers that
// proxy/balance chooses, one Connection record for each one that ended, and
// Stats.
//
//   - Before anything is allocated for a connection, a gate looks at its source:
//     prefixes, connections and rate per source, connections in all.
//   - A dial that fails is tried on another server, as long as no byte of the
//     client has gone anywhere.
//   - Bytes are copied exactly. An end of one direction is passed on as such and
//     leaves the other one open; a reset is passed on as a reset.
//   - A connection ends for one Reason, which is counted and logged.
//   - A waiting connection holds two descriptors and two goroutines, no buffer,
//     no pipe and no timer.
//
// A Proxy is safe for concurrent use. It writes no log of its own and knows no
// metrics library: it reports by Events and Stats.
package proxy
