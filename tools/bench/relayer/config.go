package relayer

import "time"

// Config says what is measured, and for how long.
type Config struct {
	Relayer      string        // path of the relayer's program
	Bus          []string      // program, and its arguments, that does [ServeBus] with two more: folder and address
	Applications int           // each with a session of its own
	Suppliers    int           // in all sessions
	Connections  int           // that the load may have
	Rate         int           // taken for half of saturation, of which only this and overload are measured; 0: saturation is found
	First        int           // relays a second of the first step towards saturation; each step has a quarter more
	Step         time.Duration // how long a step lasts
	Hold         time.Duration // how long half of saturation, and three times of it, lasts
	Streams      int           // streams of a hundred chunks
	Sockets      int           // WebSockets
	Messages     int           // over each of them
	Profile      string        // file for a CPU profile of the relayer at half of saturation; empty: none
}

// Full is what gives figures, in about a minute.
func Full() Config {
	return Config{Applications: 4, Suppliers: 2, Connections: 2048, First: 1000, Step: 2 * time.Second, Hold: 8 * time.Second, Streams: 50, Sockets: 32, Messages: 200}
}

// Quick goes through all of it in a few seconds. Its figures mean little.
func Quick() Config {
	return Config{Applications: 2, Suppliers: 2, Connections: 64, First: 200, Step: 300 * time.Millisecond, Hold: 500 * time.Millisecond, Streams: 3, Sockets: 4, Messages: 10}
}
