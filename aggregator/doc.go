// Package aggregator turns entries into bounded, mergeable integers.
//
// In come parsed entries, one at a time, into a Shard: plain memory without a
// lock, owned by one goroutine. Out comes a Snapshot: plain data by name. Every
// count and sum is an integer and every sketch merges exactly, so that the same
// entries give the same merged snapshot whatever shard they went to and in
// whatever order, as long as no dimension overflowed.
//
// Memory does not grow with traffic. Each dimension (variant, server, status,
// host, path) holds a fixed number of names; what comes after counts as Other
// and in Overflow, and every total stays exact.
//
// A Shard copies what it keeps: an entry's bytes may be reused once Add has
// returned. A Snapshot shares nothing with its shard.
package aggregator
