package relaylog

import (
	"crypto/sha256"
	"encoding/binary"
)

// partitionOf is a stable hash of (supplier, session): the same in every relayer, for ever.
func partitionOf(supplierAndSession string, partitions uint32) uint32 {
	sum := sha256.Sum256([]byte(supplierAndSession))
	return uint32(binary.BigEndian.Uint64(sum[:8]) % uint64(partitions))
}
