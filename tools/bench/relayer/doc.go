// Package relayer measures the relayer as gateways meet it: a process of its own behind real HTTP, full validation, every
// relay durable before its reply is finished.
//
//	relays signed beforehand ──► open loop ──HTTP──► relayer (child) ──HTTP──► trivial backend
//	                                 │                  │ groups of relays, synced
//	                                 │                  ▼
//	                                 └── compare ◄── embedded bus
//
// Requests are sent at a constant rate whether or not earlier ones were answered, and each one's time counts from when it
// was due: a server that stalls can't hide it. Load, backend, bus and chain are in this process, so the CPU time of the
// child is the relayer's own; but they share the processors with it, so relays a second are those of the whole machine
// doing both sides.
//
// Rates rise until the relayer does not keep up: the most that it answered is saturation. Added time is what the relayer
// adds to asking the backend directly, at the same rate, as the difference of the two's percentiles. Afterwards every
// relay that was answered must be in the log, and every response's signature valid.
package relayer
