package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	lanes = 16 // messages side by side
	block = 64 // bytes that SHA-256 takes in at a time, and bytes of a register
)

// Where things lie in the frame, in bytes from its first multiple of 64.
const (
	hashAt   = 0                // the hash before this block: a to h, a register each
	dataAt   = hashAt + 8*block // of each lane which bytes of this block are the message's, 64 bits
	stopAt   = dataAt + 8*lanes // of each lane which byte of this block is the one after the message, 64 bits
	frameEnd = stopAt + 8*lanes
)

// Masks of lanes; classify and load leave them for the rest of the block.
var (
	isShort = reg.K1 // the message does not fill this block
	hasData = reg.K2 // the message reaches into this block, or ends just before it
	isLive  = reg.K3 // the last block is this one or a later one
	isLast  = reg.K4 // the last block is this one or an earlier one
)

// emitter writes the kernel.
type emitter struct {
	*build.Context
	tables

	// Where the 32 vector registers are. Names move where moving values would cost instructions.
	words [lanes]operand.Op // lane i's block, once transposed word i of all lanes
	state [8]operand.Op     // the hash, in the rounds the working variables
	free  [8]operand.Op     // of use between two steps of a block

	frame    operand.Mem   // its first multiple of 64
	messages reg.Register  // *[lanes]*byte
	lengths  reg.Register  // *[lanes]int32
	done     reg.GPVirtual // bytes of every message that were taken in
	blocks   reg.Register  // blocks that are left to do
}

// kernel is the function hash16 with its tables.
func kernel(c *build.Context) {
	e := &emitter{Context: c}
	e.ConstraintExpr("amd64")
	e.tables = newTables(e.Context)
	e.Function("hash16")
	e.Pragma("noescape")
	e.Doc(
		"hash16 hashes messages[i], of lengths[i] bytes, to digests[i], for all i at once. A lane without a message",
		"has length -64 and any valid pointer. blocks is how many blocks of 64 bytes the longest message has, with the",
		"padding. No byte outside the messages is read.",
	)
	e.SignatureExpr("func(digests *[16][32]byte, messages *[16]*byte, lengths *[16]int32, blocks int)")
	e.begin()
	e.Label("next")
	e.load()
	e.transpose()
	e.compress()
	e.ADDQ(operand.U8(block), e.done)
	e.DECQ(e.blocks)
	e.JNZ(operand.LabelRef("next"))
	e.store()
	e.VZEROUPPER()
	e.RET()
}

// begin names the registers, aligns the frame, takes the arguments and starts all lanes.
func (e *emitter) begin() {
	take := func(names []operand.Op, first int) {
		for i := range names {
			names[i] = registers[first+i]
		}
	}
	take(e.words[:], 0)
	take(e.state[:], 16)
	take(e.free[:], 24)

	base := e.GP64()
	e.LEAQ(e.AllocLocal(frameEnd+block).Offset(block-1), base)
	e.ANDQ(operand.I8(-block), base)
	e.frame = operand.Mem{Base: base}
	e.messages = e.Load(e.Param("messages"), e.GP64())
	e.lengths = e.Load(e.Param("lengths"), e.GP64())
	e.blocks = e.Load(e.Param("blocks"), e.GP64())
	e.done = e.GP64()
	e.XORQ(e.done, e.done)
	for i, s := range e.state {
		e.VPBROADCASTD(e.start.Offset(4*i), s)
	}
}

var registers = [32]operand.Op{
	reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
	reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
	reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
	reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
}
