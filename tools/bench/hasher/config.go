package hasher

import "time"

// Config says what is measured, and for how long.
type Config struct {
	Hasher     string  // path of the hasher's program
	Self       string  // path of this program: bus and Redis consumer are children of it
	Redis      string  // path of redis-server; empty: the peer's side is left out
	Profile    string  // start of the names of files for CPU profiles under load; empty: none
	Mined      float64 // share of the relays that are below the target, in the runs under load and over Redis
	Sessions   int     // each with all suppliers
	Suppliers  int
	Partitions int
	Group      int           // relays of a message
	Load       time.Duration // how long relays are published in the runs under load
	Backlog    int           // relays that wait when hashers start, at full speed
	Share      float64       // of a processor that a limited hasher may use
	Limited    int           // relays that wait when limited hashers start
	Leaves     int           // of the restart, and of the memory for each
	Rate       int           // relays a second while a hasher is killed
	Before     time.Duration // load before the kill
	After      time.Duration // load after it
}

// Full is what gives figures, in some five minutes.
func Full() Config {
	return Config{
		Mined: 1, Sessions: 200, Suppliers: 5, Partitions: 64, Group: 256, Load: 10 * time.Second,
		Backlog: 2_500_000, Share: 0.25, Limited: 800_000, Leaves: 1_000_000, Rate: 20_000,
		Before: 3 * time.Second, After: 300 * time.Millisecond,
	}
}

// Quick goes through all of it in less than a minute. Its figures mean little.
func Quick() Config {
	c := Full()
	c.Load, c.Backlog, c.Limited, c.Leaves, c.Rate = time.Second, 200_000, 100_000, 50_000, 5_000
	c.Before = time.Second
	return c
}
