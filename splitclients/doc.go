// Package splitclients is nginx's split_clients, bit for bit: which variant of
// an A/B test a request belongs to, computed as nginx computes it.
//
// In comes the text of a split_clients block, as it stands in nginx.conf, and
// the [Rule] of the nginx version that runs it. Out comes a [Split]: the
// template of the key, the name of the variable that is set, and a [Table]
// that says for any key which value nginx gives that variable.
//
// Whatever nginx refuses is refused, with line, column and what would be
// right. Refused beyond that are three things nginx accepts by oversight: a
// percentage so large that it wraps around to a catch-all, a total that wraps
// around, and a part with other than two words.
//
// A Split is not changed once made; any number of goroutines may use it, and
// it is the caller's. Keys are only read. Looking up a key allocates nothing.
package splitclients
