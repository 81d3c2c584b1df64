// Package prefix finds the longest of many IP prefixes that holds an address.
//
// In come prefixes with a value each, out comes the value for an address. A
// lookup asks one map for each length in use, however many prefixes there are.
// IPv4 written as IPv6 (::ffff:192.0.2.1) is IPv4, in prefixes and addresses,
// so that nobody gets around a rule by how an address is written.
package prefix
