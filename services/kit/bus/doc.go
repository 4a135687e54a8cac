// Package bus is the plumbing to NATS JetStream: it knows streams, subjects and acknowledgements, and nothing of
// Pocket. What exists is declared in schemas/bus; subjects_gen.go is generated from it.
//
// Services bind to streams and never create them: `lode topology apply` (Apply) creates, Bind compares and fails
// with the exact difference. There are two ways to hear a subject:
//
//   - Consume: a durable pull consumer with explicit acknowledgement, for work that is done once.
//   - Fold: an ordered replay of the log from a sequence, without acknowledgements, for state that is a function
//     of the log. A restart replays.
//
// Durability is always set, never defaulted. One node: R1 and sync-always (Embedded does so).
package bus
