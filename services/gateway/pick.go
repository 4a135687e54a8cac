package gateway

import (
	"sync"
	"time"

	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
)

// picker takes suppliers in turn and leaves out, for a while, those that just failed.
type picker struct {
	mu   sync.Mutex
	turn int
	rest map[string]time.Time // by operator address: not before
	now  func() time.Time
}

// restFor is how long a supplier that failed is left out.
const restFor = 2 * time.Second

// pick returns the next supplier that is not in tried, nil when there is none. Rested ones come first.
func (p *picker) pick(suppliers []*sharedtypes.Supplier, tried map[string]bool) *sharedtypes.Supplier {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn++
	var resting *sharedtypes.Supplier
	for i := range suppliers {
		s := suppliers[(p.turn+i)%len(suppliers)]
		if tried[s.OperatorAddress] {
			continue
		}
		if p.now().After(p.rest[s.OperatorAddress]) {
			return s
		}
		resting = s
	}
	return resting
}

// failed leaves a supplier out for a while.
func (p *picker) failed(operator string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest[operator] = p.now().Add(restFor)
}

// endpoint is where the supplier takes HTTP relays: JSON-RPC if offered, else REST.
func endpoint(s *sharedtypes.Supplier) string {
	var rest string
	for _, service := range s.Services {
		for _, e := range service.Endpoints {
			switch e.RpcType {
			case sharedtypes.RPCType_JSON_RPC:
				return e.Url
			case sharedtypes.RPCType_REST:
				rest = e.Url
			}
		}
	}
	return rest
}
