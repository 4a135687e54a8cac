package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Registers of free while a block is loaded.
const (
	left  = 7 // how many bytes each message still has, at the block's start
	swap  = 6 // the table of that name
	stop  = 5 // the table of that name
	bits  = 4 // of each lane the last word of the block when it is the length, else 0
	space = 1 // for the moment
)

// Predicates of VPCMPD.
const (
	lessThan = 1
	atMost   = 2
	atLeast  = 5
)

// load loads the next block of all lanes to words, lane i to words[i], big-endian words turned to the processor's.
// What a lane has left says what its block is:
//
//	left >= 64        full of message
//	0 <= left <= 63   the message ends in it, and the byte 0x80 follows in it
//	-8 <= left <= 55  the last: it ends in the length
//	left < -8         the message was done before
//
// Blocks that are full in all lanes, most of a long message, have the short way.
func (e *emitter) load() {
	e.VPBROADCASTD(e.done.As32(), e.free[space])
	e.VMOVDQU32(operand.Mem{Base: e.lengths}, e.free[left])
	e.VPSUBD(e.free[space], e.free[left], e.free[left])
	e.VMOVDQU64(e.swap, e.free[swap])
	e.compare(lessThan, block, isShort)
	e.KORTESTW(isShort, isShort)
	e.JNZ(operand.LabelRef("short"))
	e.loadFull()
	e.JMP(operand.LabelRef("loaded"))
	e.Label("short")
	e.loadShort()
	e.Label("loaded")
}

// compare sets in k the lanes that have left so many bytes compared with n.
func (e *emitter) compare(predicate operand.U8, n int32, k reg.Register) {
	e.VPCMPD_BCST(predicate, e.limit(n), e.free[left], k)
}

func (e *emitter) loadFull() {
	e.KXNORW(isLive, isLive, isLive)
	e.VPXORD(e.free[bits], e.free[bits], e.free[bits])
	for i, w := range e.words {
		e.VMOVDQU8(e.source(i), w)
		e.VPSHUFB(e.free[swap], w, w)
	}
}

func (e *emitter) loadShort() {
	e.masks()
	e.VMOVDQU32_Z(operand.Mem{Base: e.lengths}, isLast, e.free[bits])
	e.VPSLLD(operand.U8(3), e.free[bits], e.free[bits])
	e.VMOVDQU64(e.stop, e.free[stop])
	for i, w := range e.words {
		e.KMOVQ(e.frame.Offset(dataAt+8*i), reg.K5)
		e.KMOVQ(e.frame.Offset(stopAt+8*i), reg.K6)
		e.VMOVDQU8_Z(e.source(i), reg.K5, w)
		e.VMOVDQU8(e.free[stop], reg.K6, w)
		e.VPSHUFB(e.free[swap], w, w)
	}
}

// source is where lane i's block is.
func (e *emitter) source(i int) operand.Mem {
	p := e.GP64()
	e.MOVQ(operand.Mem{Base: e.messages, Disp: 8 * i}, p)
	return operand.Mem{Base: p, Index: e.done, Scale: 1}
}

// masks works the masks out of left: those of lanes, and those of bytes into the frame. One shifted by left is the
// byte after the message; shifted by 64 or more, which a negative number is too, it is gone: that byte is in another
// block. One less are all bytes before it.
func (e *emitter) masks() {
	e.compare(atLeast, 0, hasData)
	e.compare(atLeast, -8, isLive)
	e.compare(atMost, 55, isLast)
	one, wide, data := e.words[0], reg.Z1, e.words[2]
	e.VPBROADCASTQ(e.one, one)
	for half := range 2 {
		e.VEXTRACTI64X4(operand.U8(half), e.free[left], wide.AsY())
		e.VPMOVSXDQ(wide.AsY(), wide)
		e.VPSLLVQ(wide, one, wide)
		e.VPSUBQ_Z(one, wide, hasData, data)
		e.VMOVDQA64(wide, e.frame.Offset(stopAt+half*block))
		e.VMOVDQA64(data, e.frame.Offset(dataAt+half*block))
		e.KSHIFTRW(operand.U8(8), hasData, hasData)
	}
}
