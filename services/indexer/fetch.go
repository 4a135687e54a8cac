package indexer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
)

// errLarge is returned when a height has more than may be held of one.
var errLarge = errors.New("the height has more than a share of ahead_bytes")

// fetched is a height with its parts, encoded; large tells that they were too many to hold: they must be fetched again,
// and said as they come.
type fetched struct {
	height
	parts []bus.Content
	large bool
	err   error // the nodes follow another chain, or the service ends
}

// ahead fetches heights from one on, as many at once as configured, as soon as the quorum has them. They come in order.
// The channel ends with an error, or with ctx.
func (s *Service) ahead(ctx context.Context, from int64) <-chan (<-chan fetched) {
	order := make(chan (<-chan fetched), s.cfg.FetchAhead-1)
	go func() {
		defer close(order)
		tip := from - 1
		for number := from; ctx.Err() == nil; number++ {
			promise := make(chan fetched, 1)
			var err error
			if number > tip {
				tip, err = s.chain.Await(ctx, tip)
			}
			select {
			case <-ctx.Done():
				return
			case order <- promise:
			}
			if err != nil {
				promise <- fetched{err: err}
				return
			}
			s.metrics.tip.Set(float64(tip))
			go func() { promise <- s.fetch(ctx, number) }()
		}
	}()
	return order
}

// fetch gets one height to be held until its turn.
func (s *Service) fetch(ctx context.Context, number int64) (f fetched) {
	share := s.cfg.AheadBytes / int64(s.cfg.FetchAhead)
	f.height, f.err = s.get(ctx, number, asIs, func() sink {
		held := int64(0)
		f.parts = nil
		return func(module string, part *chainv1.Events) error {
			c, err := chainEvents(module, part)
			if held += int64(len(c.Data)); held > share {
				return errLarge
			}
			f.parts = append(f.parts, c)
			return err
		}
	})
	if errors.Is(f.err, errLarge) {
		return fetched{large: true}
	}
	return f
}

// sink takes a height's parts, in order.
type sink func(module string, part *chainv1.Events) error

func asIs(height) error { return nil }

// get gets a height from one node that has all of it and whose block fits, for as long as that takes. Each attempt has
// a sink of its own. It ends with errWrongChain when no node's block fits, with errLarge, and with what a sink says.
func (s *Service) get(ctx context.Context, number int64, fits func(height) error, to func() sink) (h height, err error) {
	for attempt := 1; ctx.Err() == nil; attempt++ {
		asked, wrong := 0, 0
		var final error
		err = s.chain.Try(ctx, func(n chain.Node) (err error) {
			if final != nil {
				return final
			}
			asked++
			var refused error
			h, refused, err = s.ask(ctx, n, number, fits, to())
			if errors.Is(err, errWrongChain) {
				wrong++
			}
			final = refused
			return err
		})
		switch {
		case err == nil:
			return h, nil
		case final != nil:
			return height{}, final
		case errors.Is(err, chain.ErrForeign), wrong > 0 && wrong == asked:
			return height{}, err
		}
		s.failed(ctx, number, attempt, err)
	}
	return height{}, ctx.Err()
}

// ask gets a height from one node. refused is the sink's error.
func (s *Service) ask(ctx context.Context, n chain.Node, number int64, fits func(height) error, to sink) (h height, refused, err error) {
	block, err := n.Block(ctx, number)
	if err != nil {
		return height{}, nil, err
	}
	if h, err = decodeBlock(number, block); err != nil {
		return height{}, nil, err
	}
	if err := fits(h); err != nil {
		return height{}, nil, err
	}
	parts := &splitter{
		height: number, time: h.block.TimeUnixNano, limit: s.cfg.MaxPartBytes,
		say: func(module string, part *chainv1.Events) error { refused = to(module, part); return refused },
	}
	err = n.Results(ctx, number, maxValue, func(d *json.Decoder) error {
		return decodeResults(&h, block.Block.Txs.ToSliceOfBytes(), d, parts)
	})
	if err != nil {
		return height{}, refused, fmt.Errorf("height %d: %w", number, err)
	}
	return h, nil, nil
}
