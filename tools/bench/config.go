package bench

import "time"

// Config says how much is measured.
type Config struct {
	Rounds    int           // of each comparison; a figure is the median of at least 5
	Least     time.Duration // how long a side works in a round, if its inputs are done sooner: it takes them again
	Messages  int           // different messages that are signed and verified in a round
	Mutations int           // signatures with a flipped bit, about which both sides must agree
	Relays    int           // relays that are hashed in a round
	Trie      int           // leaves of the trie that both sides make
	Session   int           // leaves of a session's trie, which only we make
	Targets   int           // proofs of that trie in a round
	Large     int           // leaves of an even larger one; 0 leaves it out
}

// Full is what gives figures, in about two minutes.
func Full() Config {
	return Config{
		Rounds: 5, Least: 50 * time.Millisecond, Messages: 512, Mutations: 128, Relays: 2048,
		Trie: 100_000, Session: 1_000_000, Targets: 512,
	}
}

// Quick goes through all of it in a few seconds. Its figures mean nothing.
func Quick() Config {
	return Config{Rounds: 1, Messages: 16, Mutations: 16, Relays: 300, Trie: 1000, Session: 10_000, Targets: 16}
}
