// Package balance decides which server of a pool the next connection goes to.
//
// In come a pool's configuration, what happened to the connections that it
// placed (connected, first byte, ended, failed), and what logs say of the
// servers; out come choices, each with the costs it was made by. It opens no
// connection, reads no configuration file and goes by no clock: time and
// randomness are given to it, so that a simulation drives the same code as the
// proxy.
//
//	pool, err := balance.New(balance.Config{Servers: []balance.ServerConfig{
//		{Address: "10.0.0.1:8080"}, {Address: "10.0.0.2:8080", Weight: 3},
//	}})
//	choice, err := pool.Pick(balance.Query{Now: time.Now(), Source: client})
//	conn, err := net.Dial("tcp", choice.Server().Address())
//	if err != nil {
//		choice.Failed(time.Now(), balance.Refused) // and Pick again with it in Tried
//	}
//	choice.Connected(time.Now())
//	choice.Sent(time.Now())      // the client's bytes went on
//	choice.FirstByte(time.Now()) // the server's came back
//	choice.Done(time.Now(), balance.Completed)
//
// One policy is one file; [Policies] lists them. Health is apart from policies:
// what a server's failures lead to is in health.go, ejection.go, probe.go and panic.go.
//
// A [Pool] is one mutex and plain memory behind it. It is held for the time of
// a few hundred instructions, by policies that look at every server for a few
// nanoseconds a server; it is never held while anything waits. Any number of
// goroutines may use a Pool.
//
// Times are the caller's, and may come in slightly out of order, as goroutines
// do: what lies in the past counts as now.
package balance
