// Package relayer measures the relayer as gateways meet it: a process of its own behind real HTTP, full validation, every
// relay durable before its reply is finished.
//
//	relays signed beforehand ──► open loop ──HTTP──► relayer (child) ──HTTP──► trivial backend
//	                                 │                  │ groups of relays, synced
//	                                 │                  ▼
//	                                 └── compare ◄── embedded bus (child)
//
// Requests are sent at a constant rate whether or not earlier ones were answered, and each one's time counts from when it
// was due: a server that stalls can't hide it. Each takes the free connection that was used last, or a new one. What the
// load itself does not get out within 20 ms, or for which as many connections are open as may be, is not sent, and
// counted as such: it is not answered, and has no time.
//
// Load, backend and chain are in this process, relayer and bus are processes of their own, so the CPU time of each is its
// own; but they share the processors, so relays a second are those of the whole machine doing all sides. Responses are
// kept, and verified when the load is over.
//
// Rates rise until the relayer does not keep up: the most that it answered is saturation. Added time is what the relayer
// adds to asking the backend directly, at the same rate, as the difference of the two's percentiles. Afterwards every
// relay that was answered must be in the log, and every response's signature valid.
package relayer
