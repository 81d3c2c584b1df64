package tailer

import "time"

// Place is where a Follower stands in the life of a log: what has to be kept,
// together with what was counted of the lines before it, to go on from there
// after a restart with no line lost and none read twice. A nil *Place is none:
// the log has never been followed.
type Place struct {
	// Files are the files that are not done with, oldest first; the last one is
	// the newest known. It is empty where there was no file yet.
	Files []Position

	// Looked is when the files were last looked for. A file that is not among
	// Files, and was written to later, is a newer one.
	Looked time.Time

	// What has happened so far.
	Rotations, Truncations int64

	// Lost counts bytes that are known to be gone unread, by cause.
	Lost map[LossCause]int64
}

// Position is a place in one file, however that is called by now.
type Position struct {
	Device, Inode uint64
	Head          Fingerprint
	Offset        int64 // uncompressed; the byte after the last line that was read
	Size          int64 // bytes, when the file was last looked at; at least Offset
	Left          bool  // a newer file has been begun; this one is kept for what may still come
}

// Fingerprint tells a file by how it begins, so that it is found again under
// another name, compressed, or not at all where its inode has been used anew.
type Fingerprint struct {
	Length int    // bytes it covers, at most maxFingerprint; 0 fits every file
	Sum    uint64 // xxhash of them
}

// LossCause says why bytes are gone.
type LossCause string

// The causes of loss.
const (
	// LostToTruncation is for bytes of a file that was truncated before they
	// were read, and that no copy of it has.
	LostToTruncation LossCause = "truncated"
	// LostToDeletion is for bytes of a file that was deleted while nothing
	// followed it.
	LostToDeletion LossCause = "deleted"
)
