package smst

import "encoding/binary"

// preamble is what a gob stream says about our two struct types before the
// value: the bytes of a process that encoded no other type before (protocol
// smst.md §6.1). Writing them as a constant makes the encoding deterministic.
const preamble = "\xff\x87\x7f\x03\x01\x01\x1fSparseCompactMerkleClosestProof\x01\xff\x80\x00\x01\x06" +
	"\x01\x04Path\x01\x0a\x00" +
	"\x01\x0bFlippedBits\x01\xff\x82\x00" +
	"\x01\x05Depth\x01\x0a\x00" +
	"\x01\x0bClosestPath\x01\x0a\x00" +
	"\x01\x10ClosestValueHash\x01\x0a\x00" +
	"\x01\x0cClosestProof\x01\xff\x84\x00\x00\x00" +
	"\x17\xff\x81\x02\x01\x01\x09[][]uint8\x01\xff\x82\x00\x01\x0a\x00\x00" +
	"\x7c\xff\x83\x03\x01\x01\x18SparseCompactMerkleProof\x01\xff\x84\x00\x01\x05" +
	"\x01\x09SideNodes\x01\xff\x82\x00" +
	"\x01\x15NonMembershipLeafData\x01\x0a\x00" +
	"\x01\x07BitMask\x01\x0a\x00" +
	"\x01\x0cNumSideNodes\x01\x04\x00" +
	"\x01\x0bSiblingData\x01\x0a\x00\x00\x00"

// valueType is the id of the closest proof's type, 64, as a gob signed number.
const valueType = "\xff\x80"

// Encode returns the proof as a gob stream of one value. A nil ClosestProof is
// left out.
func (p *CompactProof) Encode() []byte {
	msg := append([]byte(valueType), p.body()...)
	out := appendUint([]byte(preamble), uint64(len(msg)))
	return append(out, msg...)
}

func (p *CompactProof) body() []byte {
	w := gobStruct{last: -1}
	w.bytes(0, p.Path)
	w.list(1, p.FlippedBits)
	w.bytes(2, p.Depth)
	w.bytes(3, p.ClosestPath)
	w.bytes(4, p.ClosestValueHash)
	if p.ClosestProof != nil {
		w.field(5)
		w.out = append(w.out, p.ClosestProof.body()...)
	}
	return append(w.out, 0)
}

func (p *CompactMerkleProof) body() []byte {
	w := gobStruct{last: -1}
	w.list(0, p.SideNodes)
	w.bytes(1, p.NonMembershipLeafData)
	w.bytes(2, p.BitMask)
	if p.NumSideNodes != 0 {
		w.field(3)
		w.out = appendUint(w.out, zigzag(p.NumSideNodes))
	}
	w.bytes(4, p.SiblingData)
	return append(w.out, 0)
}

// gobStruct writes the fields of a struct; zero fields are left out and a
// field is named by its distance from the one before.
type gobStruct struct {
	out  []byte
	last int
}

func (w *gobStruct) field(i int) {
	w.out = appendUint(w.out, uint64(i-w.last))
	w.last = i
}

func (w *gobStruct) bytes(i int, b []byte) {
	if len(b) == 0 {
		return
	}
	w.field(i)
	w.out = appendBytes(w.out, b)
}

func (w *gobStruct) list(i int, list [][]byte) {
	if len(list) == 0 {
		return
	}
	w.field(i)
	w.out = appendUint(w.out, uint64(len(list)))
	for _, b := range list {
		w.out = appendBytes(w.out, b)
	}
}

func appendBytes(out, b []byte) []byte { return append(appendUint(out, uint64(len(b))), b...) }

// appendUint writes a gob unsigned number: itself below 128, else the negated
// number of its bytes and then the bytes, big-endian.
func appendUint(out []byte, v uint64) []byte {
	if v < 0x80 {
		return append(out, byte(v))
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	i := 0
	for b[i] == 0 {
		i++
	}
	return append(append(out, byte(i-8)), b[i:]...)
}

// zigzag is a gob signed number as an unsigned one.
func zigzag(i int) uint64 {
	if i < 0 {
		return uint64(^i)<<1 | 1
	}
	return uint64(i) << 1
}
