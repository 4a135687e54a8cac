package indexer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

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

// maxDepth bounds the nesting of what is passed over.
const maxDepth = 1000

// reader reads a node's block_results value by value, so that no more than one event is held, whatever a block's size.
type reader struct {
	d       *json.Decoder
	height  int64                         // what it must be of
	event   func(e said, tx int) error    // tx is -1 for an event of the block
	tx      func(o outcome, tx int) error // behind its events
	stage   int                           // of stages, the last that was read
	txs     int
	appHash []byte
}

// stages are what is read, in the order in which CometBFT writes it; another one is refused, for it would number events
// otherwise. What is of another height says nothing.
var stages = []string{"", "height", "txs_results", "finalize_block_events", "app_hash"}

// read reads all of it.
func (r *reader) read() error {
	err := r.object(func(key string) error {
		stage := slices.Index(stages[1:], key) + 1
		switch {
		case stage == 0:
			return r.skip()
		case stage <= r.stage || stage > 1 && r.stage == 0:
			return fmt.Errorf("%w: %s comes behind %s", errIncomplete, key, cmp.Or(stages[r.stage], "nothing"))
		}
		r.stage = stage
		return r.value(key)
	})
	if err == nil && r.stage == 0 {
		err = fmt.Errorf("%w: results have no height", errIncomplete)
	}
	return err
}

// value reads what a stage has.
func (r *reader) value(key string) error {
	switch key {
	case "height":
		var height int64
		if err := r.number(&height); err != nil {
			return err
		}
		if height != r.height {
			return fmt.Errorf("%w: results are of height %d", errIncomplete, height)
		}
		return nil
	case "txs_results":
		return r.array(func() error {
			defer func() { r.txs++ }()
			return r.result()
		})
	case "finalize_block_events":
		return r.array(func() error { return r.oneEvent(-1) })
	default:
		return r.d.Decode(&r.appHash)
	}
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
		if depth > maxDepth {
			return fmt.Errorf("%w: nested too deep", errIncomplete)
		}
		if depth == 0 {
			return nil
		}
	}
}
