// Package archtest holds tests on the shape of the repository itself: which
// package may import which, what every package must say about itself, and a
// few habits that age badly. The rules are tables, each row with its reason;
// a failing test names the place, the rule and what would be right.
//
// A new package needs a row in the table of packages before it may exist.
package archtest
