package indexer

import (
	"encoding/json"
	"fmt"

	"github.com/lodeworks/lode/services/kit/bus"
)

// said is an event as a node says it. What else is in it, "index", is a hint for the node's own search.
type said struct {
	Type       string `json:"type"`
	Attributes []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"attributes"`
}

// outcome is what a node says of a transaction, without its events. CometBFT has written the gas in both ways.
type outcome struct {
	code               uint32
	codespace, log     string
	gasWanted, gasUsed int64
}

// maxValue bounds one event, or one field of a transaction's result, in bytes of JSON: what is behind cannot be said,
// for the bus takes no message of half the size.
const maxValue = 2 * bus.MaxPayload

// reader reads a node's block_results value by value, so that no more than one event is held, whatever a block's size.
type reader struct {
	d       *json.Decoder
	event   func(e said, tx int) error    // tx is -1 for an event of the block
	tx      func(o outcome, tx int) error // behind its events
	height  int64
	txs     int
	appHash []byte
	seen    map[string]bool
}

// read reads all of it. CometBFT writes transactions before the block's events: another order is refused, for
// it would number events otherwise.
func (r *reader) read() error {
	r.seen = map[string]bool{}
	return r.object(func(key string) error {
		if r.seen[key] {
			return fmt.Errorf("%w: %q is there twice", errIncomplete, key)
		}
		r.seen[key] = true
		switch key {
		case "height":
			var height json.Number
			if err := r.d.Decode(&height); err != nil {
				return err
			}
			h, err := height.Int64()
			r.height = h
			return err
		case "txs_results":
			if r.seen["finalize_block_events"] {
				return fmt.Errorf("%w: transactions come behind the block's events", errIncomplete)
			}
			return r.array(func() error {
				defer func() { r.txs++ }()
				return r.result()
			})
		case "finalize_block_events":
			return r.array(func() error { return r.oneEvent(-1) })
		case "app_hash":
			return r.d.Decode(&r.appHash)
		default:
			return r.skip()
		}
	})
}

// result reads one transaction's result; null is one that says nothing.
func (r *reader) result() error {
	var o outcome
	err := r.object(func(key string) error {
		switch key {
		case "code":
			return r.d.Decode(&o.code)
		case "codespace":
			return r.d.Decode(&o.codespace)
		case "log":
			return r.d.Decode(&o.log)
		case "gas_wanted", "gasWanted":
			return r.number(&o.gasWanted)
		case "gas_used", "gasUsed":
			return r.number(&o.gasUsed)
		case "events":
			return r.array(func() error { return r.oneEvent(r.txs) })
		default:
			return r.skip()
		}
	})
	if err != nil {
		return err
	}
	return r.tx(o, r.txs)
}

func (r *reader) oneEvent(tx int) error {
	var e said
	if err := r.d.Decode(&e); err != nil {
		return err
	}
	return r.event(e, tx)
}

// number reads a number that may be in quotes.
func (r *reader) number(into *int64) (err error) {
	var n json.Number
	if err := r.d.Decode(&n); err != nil {
		return err
	}
	*into, err = n.Int64()
	return err
}

// object reads an object, or null: each must read the value of the key that it is called with.
func (r *reader) object(each func(key string) error) error {
	return r.inside('{', func() error {
		key, err := r.d.Token()
		if err != nil {
			return err
		}
		return each(key.(string)) // within an object the decoder makes sure of it
	})
}

// array reads an array, or null: each must read one element.
func (r *reader) array(each func() error) error { return r.inside('[', each) }

func (r *reader) inside(open json.Delim, each func() error) error {
	begin, err := r.d.Token()
	if err != nil || begin == nil {
		return err
	}
	if begin != open {
		return fmt.Errorf("%w: %v where %v should be", errIncomplete, begin, open)
	}
	for r.d.More() {
		if err := each(); err != nil {
			return err
		}
	}
	_, err = r.d.Token()
	return err
}

// skip passes over a value.
func (r *reader) skip() error {
	depth := 0
	for {
		t, err := r.d.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}
