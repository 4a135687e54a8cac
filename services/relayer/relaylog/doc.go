// Package relaylog commits relays to the relay log in groups.
//
//	Commit ─► lane (partition, session end) ─► group ─┬─► bus ◄──────────────┐
//	                                                  └─► spool ─► Drain ────┘
//
// All relays of one lane that arrive while the lane's last group is being stored become its next group, so that nothing
// waits at low load and groups fill by themselves at high load. Where the bus stores one message after another, lanes take
// turns, and their groups fill until it is theirs.
//
// A lane stores one group at a time, so what is stored is a prefix of what was numbered: the numbers of a session have
// no gap, whatever dies when. A group is tried until the log has it; its id makes a repeated one harmless. When the bus
// does not take it in time it goes to the spool, and counts as stored. From then on, until the spool is drained behind
// it, the lane's groups go there too: the spool keeps their order.
//
// log.go is what a service sees, lane.go numbers and groups, store.go decides between bus and
// spool, join.go makes few messages of many small groups.
package relaylog
