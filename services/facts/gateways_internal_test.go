package facts

import (
	"testing"

	apptypes "github.com/pokt-network/poktroll/x/application/types"
	"github.com/stretchr/testify/require"
)

func TestGatewaysAt(t *testing.T) {
	leaving := func(gateways ...string) apptypes.UndelegatingGatewayList {
		return apptypes.UndelegatingGatewayList{GatewayAddresses: gateways}
	}
	pending := map[uint64]apptypes.UndelegatingGatewayList{20: leaving("left in 20"), 30: leaving("left in 30", "twice"), 40: leaving("twice")}
	for name, c := range map[string]struct {
		app  *apptypes.Application
		end  int64
		want []string
	}{
		"none":                     {&apptypes.Application{}, 10, nil},
		"delegated now":            {&apptypes.Application{DelegateeGatewayAddresses: []string{"b", "a"}}, 10, []string{"b", "a"}},
		"left later":               {&apptypes.Application{PendingUndelegations: pending}, 10, []string{"left in 20", "left in 30", "twice"}},
		"left in this session":     {&apptypes.Application{PendingUndelegations: pending}, 20, []string{"left in 20", "left in 30", "twice"}},
		"left one block before":    {&apptypes.Application{PendingUndelegations: pending}, 21, []string{"left in 30", "twice"}},
		"left long ago":            {&apptypes.Application{PendingUndelegations: pending}, 41, nil},
		"some stay and some leave": {&apptypes.Application{DelegateeGatewayAddresses: []string{"a"}, PendingUndelegations: pending}, 40, []string{"a", "twice"}},
	} {
		t.Run(name, func(t *testing.T) { require.ElementsMatch(t, c.want, gatewaysAt(c.app, c.end)) })
	}
}
