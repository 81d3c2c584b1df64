// Package balance decides which server of a pool the next connection goes to.
//
// In come a pool's configuration, what happened to the connections that it
// placed (connected, first byte, ended, failed), and what logs say of the
// servers; out come choices, each with the costs it was made by. It opens no
// connection, reads no clock and no configuration file: time and randomness are
// given to it, so that a simulation drives the same code as the proxy.
//
// One policy is one file.
package balance
