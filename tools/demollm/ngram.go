package demollm

import (
	_ "embed"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
)

//go:embed corpus.txt
var corpus string

// Marks that no text contains: the start and the end of a paragraph.
const (
	startMark = "\x02"
	endMark   = "\x03"
)

// contextPair is the two pieces before the next; "" stands for any.
type contextPair [2]string

// follower is a piece seen after a context, count ≥ 1 times.
type follower struct {
	piece string
	count int
}

// ngram knows which piece followed which two. Read-only after training.
type ngram struct {
	after map[contextPair][]follower // in order of first sight, never empty
}

// shipped is the model of corpus.txt.
var shipped = sync.OnceValue(func() *ngram { return train(corpus) })

// train learns from paragraphs, which empty lines divide.
func train(text string) *ngram {
	m := &ngram{after: map[contextPair][]follower{}}
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		context := contextPair{startMark, startMark}
		for _, p := range append(pieces(paragraph), endMark) {
			m.count(context, p)
			m.count(contextPair{"", context[1]}, p)
			m.count(contextPair{}, p)
			context = contextPair{context[1], p}
		}
	}
	return m
}

func (m *ngram) count(context contextPair, piece string) {
	list := m.after[context]
	for i := range list {
		if list[i].piece == piece {
			list[i].count++
			return
		}
	}
	m.after[context] = append(list, follower{piece, 1})
}

// next draws the piece after context; endMark ends the text. Temperature 0
// takes the most frequent, higher ones level the odds and forget context more
// often, 0 ≤ temperature ≤ 2.
func (m *ngram) next(context contextPair, temperature float64, random *rand.Rand) string {
	forget := min(0.25*temperature, 0.5)
	for _, c := range []contextPair{context, {"", context[1]}} {
		if list := m.after[c]; list != nil && random.Float64() >= forget {
			return draw(list, temperature, random)
		}
	}
	if list := m.after[contextPair{"", context[1]}]; list != nil {
		return draw(list, temperature, random)
	}
	return draw(m.after[contextPair{}], temperature, random)
}

// draw picks a follower with odds count^(1/temperature).
func draw(list []follower, temperature float64, random *rand.Rand) string {
	if temperature == 0 {
		return mostFrequent(list)
	}
	odds := make([]float64, len(list))
	total := 0.0
	top := maxCount(list)
	for i, f := range list {
		odds[i] = math.Pow(float64(f.count)/float64(top), 1/temperature) // ≤ 1: no overflow
		total += odds[i]
	}
	at := random.Float64() * total
	for i, o := range odds {
		if at -= o; at < 0 {
			return list[i].piece
		}
	}
	return list[len(list)-1].piece
}

func mostFrequent(list []follower) string {
	best := list[0]
	for _, f := range list {
		if f.count > best.count {
			best = f
		}
	}
	return best.piece
}

func maxCount(list []follower) int {
	top := 0
	for _, f := range list {
		top = max(top, f.count)
	}
	return top
}
