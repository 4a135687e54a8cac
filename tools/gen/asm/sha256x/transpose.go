package main

import "github.com/mmcloughlin/avo/operand"

// merge takes half of the contents of two registers to a third.
type merge func(a, b, to operand.Op)

func (e *emitter) lowWords(a, b, to operand.Op)     { e.VPUNPCKLDQ(b, a, to) }
func (e *emitter) highWords(a, b, to operand.Op)    { e.VPUNPCKHDQ(b, a, to) }
func (e *emitter) lowPairs(a, b, to operand.Op)     { e.VPUNPCKLQDQ(b, a, to) }
func (e *emitter) highPairs(a, b, to operand.Op)    { e.VPUNPCKHQDQ(b, a, to) }
func (e *emitter) evenQuarters(a, b, to operand.Op) { e.VSHUFI32X4(operand.U8(0x88), b, a, to) }
func (e *emitter) oddQuarters(a, b, to operand.Op)  { e.VSHUFI32X4(operand.U8(0xdd), b, a, to) }

// exchange replaces a by one half of the two and b by the other. It moves names, so that one free register is enough.
func (e *emitter) exchange(one, other merge, a, b *operand.Op) {
	one(*a, *b, e.free[0])
	other(*a, *b, *b)
	*a, e.free[0] = e.free[0], *a
}

// transpose turns words from lanes to words, and sets the length in the last one.
func (e *emitter) transpose() {
	w := &e.words
	for i := 0; i < lanes; i += 4 {
		e.interleave(w[i : i+4])
	}
	// Now quarter q of w[i+j] is word 4q+j of lanes i to i+3.
	for j := range 4 {
		e.exchange(e.evenQuarters, e.oddQuarters, &w[j], &w[4+j])
		e.exchange(e.evenQuarters, e.oddQuarters, &w[8+j], &w[12+j])
	}
	for j := range 8 {
		e.exchange(e.evenQuarters, e.oddQuarters, &w[j], &w[8+j])
	}
	e.VPORD(e.free[bits], w[15], w[15])
}

// interleave transposes, in every quarter, the words of four registers.
func (e *emitter) interleave(w []operand.Op) {
	e.exchange(e.lowWords, e.highWords, &w[0], &w[1])
	e.exchange(e.lowWords, e.highWords, &w[2], &w[3])
	e.exchange(e.lowPairs, e.highPairs, &w[0], &w[2])
	e.exchange(e.lowPairs, e.highPairs, &w[1], &w[3])
	w[1], w[2] = w[2], w[1]
}

// store writes the digests: big-endian words, those of a message together.
func (e *emitter) store() {
	digests := e.Load(e.Param("digests"), e.GP64())
	e.VMOVDQU64(e.swap, e.free[swap])
	for _, s := range e.state {
		e.VPSHUFB(e.free[swap], s, s)
	}
	first, second := e.state[:4], e.state[4:]
	e.interleave(first)
	e.interleave(second)
	// Now quarter q of first[j] and second[j] are the digest of lane 4q+j.
	for j := 0; j < 4; j += 2 {
		w := [4]operand.Op{first[j], second[j], first[j+1], second[j+1]}
		e.exchange(e.evenQuarters, e.oddQuarters, &w[0], &w[1])
		e.exchange(e.evenQuarters, e.oddQuarters, &w[2], &w[3])
		e.exchange(e.evenQuarters, e.oddQuarters, &w[0], &w[2])
		e.exchange(e.evenQuarters, e.oddQuarters, &w[1], &w[3])
		for q, digest := range w {
			e.VMOVDQU64(digest, operand.Mem{Base: digests, Disp: 32 * (4*q + j)})
		}
	}
}
