package bus

import (
	"crypto/sha256"
	"encoding/binary"
)

// Partition is a stable hash of key below partitions: the same in every process, for ever.
func Partition(key string, partitions uint32) uint32 {
	sum := sha256.Sum256([]byte(key))
	return uint32(binary.BigEndian.Uint64(sum[:8]) % uint64(partitions))
}
