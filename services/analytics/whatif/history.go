package whatif

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pokt-network/poktroll/x/shared/types"

	"github.com/cosmos/gogoproto/jsonpb"
	gogoproto "github.com/cosmos/gogoproto/proto"

	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// entry is a value from a height on.
type entry[V any] struct {
	height int64
	value  V
}

// timeline is a value over heights, in their order.
type timeline[V any] []entry[V]

// add notes a value from a height on; of one height the later counts.
func (t *timeline[V]) add(height int64, value V) { *t = append(*t, entry[V]{height, value}) }

// sort puts the entries in order, before at is asked.
func (t timeline[V]) sort() {
	slices.SortStableFunc(t, func(a, b entry[V]) int { return int(a.height - b.height) })
}

// at is the value in force at a height: that of the newest entry at or before it, else of the first, which is as far back
// as anybody knows.
func (t timeline[V]) at(height int64) (value V, known bool) {
	if len(t) == 0 {
		return value, false
	}
	n, _ := slices.BinarySearchFunc(t, height+1, func(e entry[V], h int64) int {
		if e.height < h {
			return -1
		}
		return 1
	})
	return t[max(n-1, 0)].value, true
}

// params are all parameters of the chain over heights: proto JSON by "module.name".
type params map[string]*timeline[string]

func (p params) add(module, name string, height int64, value string) {
	key := module + "." + name
	if p[key] == nil {
		p[key] = &timeline[string]{}
	}
	p[key].add(height, value)
}

func (p params) sort() {
	for _, t := range p {
		t.sort()
	}
}

// read fills a module's parameters as they were at a height into a message.
func (p params) read(module string, height int64, into gogoproto.Message) error {
	object := map[string]json.RawMessage{}
	for key, t := range p {
		if name, is := strings.CutPrefix(key, module+"."); is {
			if value, known := t.at(height); known {
				object[name] = json.RawMessage(value)
			}
		}
	}
	if len(object) == 0 {
		return fmt.Errorf("parameters of %s are not known: %w", module, ErrUnknown)
	}
	text, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("parameters of %s at %d: %w", module, height, err)
	}
	reader := jsonpb.Unmarshaler{AllowUnknownFields: true}
	if err := reader.Unmarshal(strings.NewReader(string(text)), into); err != nil {
		return fmt.Errorf("parameters of %s at %d: %w", module, height, err)
	}
	return nil
}

// shared are the shared parameters at a height.
func (p params) shared(height int64) (*types.Params, error) {
	var out types.Params
	return &out, p.read("shared", height, &out)
}

// targets are the difficulty targets of services over heights.
type targets map[string]*timeline[difficulty.Target]

// open is the target of a service whose difficulty never changed: every relay becomes a leaf.
var open = difficulty.Target(slices.Repeat([]byte{0xff}, 32))

// change notes that a block changed a service's target; it counts for sessions that start behind it.
func (t targets) change(service string, height int64, before, after string) error {
	if t[service] == nil {
		first, err := parse(before)
		if err != nil {
			return err
		}
		t[service] = &timeline[difficulty.Target]{{0, first}}
	}
	target, err := parse(after)
	if err != nil {
		return err
	}
	t[service].add(height+1, target)
	return nil
}

func parse(digits string) (target difficulty.Target, err error) {
	raw, err := hex.DecodeString(digits)
	if err != nil {
		return target, fmt.Errorf("target %.64q: %w", digits, err)
	}
	return difficulty.Parse(raw)
}

// at is a service's target for a session that starts at a height.
func (t targets) at(service string, start int64) difficulty.Target {
	if t[service] == nil {
		return open
	}
	target, _ := t[service].at(start)
	return target
}
