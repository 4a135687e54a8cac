// Package admission bounds what a service does for those it does not know yet. It knows nothing of HTTP or Pocket.
//
//	Overload   sheds a share of new work while the process's goroutines wait too long for a processor
//	Slots      so much work of one kind at a time, a short queue, and only a quarter of it for strangers
//	Rates      a token bucket for each of many keys
//	Memory     which of the latest items were seen before
//	Listener   so many connections in all, and from one address
//
// Each is bounded in memory, says no at once rather than late, and is safe for concurrent use.
package admission
