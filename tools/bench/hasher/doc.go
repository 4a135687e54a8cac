// Package hasher measures the hasher as a black box: processes of its own, the real bus with a file store, relays as a
// relayer publishes them. Beside it, in the same run, it measures the same work over Redis Streams.
//
//	groups made beforehand ──► 64 lanes, one message ──NATS──► bus (child) ──► hasher (child), one or two,
//	a few bytes of each        under way in each       ◄─ack──  file store      GOMAXPROCS=1 each
//	relay written anew                                            ▲               │ hash, difficulty, fold
//	                 counts what is committed ◄── /metrics ───────┼───────────────┤
//	                                                              └─ checkpoint ◄─┘
//
//	64 goroutines ──XADD, one relay──► redis-server (child) ──XREADGROUP, 256──► consumer (child), GOMAXPROCS=1
//	                                   append-only file  ◄──HSET leaf…, XACK──── 4 readers, each batch one pipeline
//
// # What is published
//
// 200 sessions of 5 suppliers each, so 1,000 trees; one relay of each is really signed, by the ring of application and
// gateway and by the supplier, and has 1,200 bytes as a leaf. The others differ from it in eight bytes of the supplier's
// signature, which no hasher looks at. Groups have 256 relays, as they have at saturation. The message id is a number:
// to hash a group for its id is the relayer's work. The publisher's own cost, alone with the bus, is in the output; it
// is about 1 µs for a relay, almost all of it the copy of the message to the kernel.
//
// # What is counted
//
// Relays a second: from the first publish until every relay that was published is in a durable checkpoint, so the
// whole path, on a machine that does all of it. Hashers store what they folded each second at the latest (by default
// every five), so that the last relays of a run do not wait; before that they store by size, as always. Hashers, bus and
// publisher share the processors. The table says how much of them each process used, in all and for each relay, what was
// used up, and how much others on the machine used: seconds mean little where that is not near 0, µs for each relay still do.
//
// Scaling: the log is filled first. Then hashers start, each pinned to a processor of its own, and what they commit a
// second is counted while all of them work. On a machine of two processors the bus, which reads the log for them, takes
// part of both: that is in the figure. So it is measured once more with a quarter of a processor for each hasher, by a
// control group with a period of 10 ms, where the bus has more than it needs: what is left there is what hashers do to
// each other (scaling_limited, in the line before the last).
//
// Restart: as many leaves as said are committed, the hasher is stopped, one more group for each partition is published,
// and a fresh process is started. It has restarted when every leaf is in its memory, the new ones too. The same is done
// with a kill, after which the lease has to run out.
//
// Handover: two hashers under a steady load. One is killed, the load goes on for a moment; the handover is over when the
// last of these relays is committed.
//
// Bytes a leaf: the growth of the resident memory of the process from its start until that many leaves are committed.
//
// # Redis
//
// The peer stores each relay by itself before it answers; so one XADD waits for its reply in each of 64 goroutines, over a pool
// of 64 connections. The consumer reads batches, hashes each relay, writes the leaf of each that counts (path, and
// 48 bytes of digest) into the hash of its tree, and acknowledges, all of a batch in one pipeline. This asks less of
// Redis than the peer does, which stores the relay's bytes and the trie's inner nodes as well.
package hasher
