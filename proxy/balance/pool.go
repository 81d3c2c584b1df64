package balance

import (
	"errors"
	"time"
)

// ErrNoServer says that no server of the pool may be used: all are drained, in
// maintenance, of weight 0, or have been tried.
var ErrNoServer = errors.New("no server may be used")

// Query is what a choice may depend on.
type Query struct {
	Now time.Time

	// Source is the client's address as text ("192.0.2.1", without a port):
	// what hashing policies hash, and $remote_addr of a split_clients key. It
	// is only read, and not kept.
	Source []byte

	// Tried are servers that have failed for this connection: they are not
	// chosen again. It is only read, and not kept.
	Tried []*Server

	// Marked is the name of the server that the connection is marked for by
	// hand; mostly empty. A marked connection goes to its server though it be
	// drained, ejected or of weight 0, and to no other: ErrNoServer if it is
	// unknown, in maintenance or tried.
	Marked string
}
