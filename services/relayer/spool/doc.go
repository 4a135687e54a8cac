// Package spool keeps bus messages in local files while the bus cannot take them.
//
//	Append ──► batch ──► one write, one sync ──► segment files ──► Drain ──► the bus, in order ──► files removed
//
// Append returns when the message is as safe as the fsync policy says (Config.Fsync). Drain brings the messages to the
// bus: those of one subject strictly one after another, in the order of their appends, different subjects beside each
// other. A file is removed when all of it is on the bus, so a process that dies while it drains brings some messages a
// second time; their ids make that harmless.
//
// Files of a former process are found by Open and drained first. What a killed process had not finished writing was
// never acknowledged: it is cut and counted (torn). Anything else that cannot be read is a fault of the disk: the file
// is set aside under the name *.damaged, for people, and never guessed at. Reading does not search for the next
// readable message behind a fault, for messages hold bytes that clients chose: some could be made to look like one.
//
// frame.go and record.go are the format and pure, segment.go is files, write.go and drain.go the two ends.
package spool
