// Package ws keeps a WebSocket within bounds: the bytes of one frame, the bytes of all frames that are held, the time
// a frame may take to arrive or to leave, and how long a peer may be silent.
//
// A [Conn] belongs to one reader and any number of writers. Its reads end with the connection, not with a context, so
// that whoever ends it can still say why in a close frame.
package ws
