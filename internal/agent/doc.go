// Package agent puts the stages together: it alone knows tailer, parser,
// splitclients, aggregator and report, which do not know each other.
//
// Replay is the agent on archives: in come file names and a configuration, out
// comes a report. Any number of workers take batches of lines from one archive;
// each owns a shard and the parsers it needs, so that nothing is shared while
// lines are read, and the shards are merged at the end. What the report says
// does not depend on how many workers there were or which of them read what.
//
// Run is the agent on logs that are being written. Every log has a goroutine, a
// shard and a place; both are kept together, and published together. One more
// goroutine opens and ends logs, writes checkpoints and reloads. Locks are taken
// in one order: the agent's, then a log's.
package agent
