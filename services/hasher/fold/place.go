package fold

import "encoding/binary"

// Place is where a leaf's bytes are until settlement: the number of its group's message in the relay log, and the
// relay's index in the group. Later in the log is greater.
type Place uint64

// indexBits is room for the relays of one group, the rest for 2^48 messages.
const indexBits = 16

// maxGroup is how many relays one group may have. Relayers put 256 into one.
const maxGroup = 1 << indexBits

func placeOf(sequence uint64, index int) Place { return Place(sequence<<indexBits | uint64(index)) }

// Sequence is the message in the RELAYS stream.
func (p Place) Sequence() uint64 { return uint64(p) >> indexBits }

// Index is the relay in the message's group.
func (p Place) Index() int { return int(p & (maxGroup - 1)) }

func (p Place) append(b []byte) []byte { return binary.BigEndian.AppendUint64(b, uint64(p)) }

func loadPlace(b []byte) Place { return Place(binary.BigEndian.Uint64(b)) }
