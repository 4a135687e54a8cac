package analytics

import (
	"fmt"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/event"
	"github.com/lodeworks/lode/services/kit/ch"
)

// difficultyRow is a row of table difficulties.
type difficultyRow struct {
	Service string `ch:"service"`
	origin
	Target            string `ch:"target"` // 64 hex digits
	PreviousTarget    string `ch:"previous_target"`
	RelaysEMA         uint64 `ch:"relays_ema"`
	PreviousRelaysEMA uint64 `ch:"previous_relays_ema"`
}

func (*difficultyRow) Table() string { return "difficulties" }

// rowOfDifficulty reads EventRelayMiningDifficultyUpdated.
func rowOfDifficulty(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said servicetypes.EventRelayMiningDifficultyUpdated
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	const digits = 64
	if len(said.NewTargetHashHexEncoded) != digits || len(said.PrevTargetHashHexEncoded) != digits {
		return nil, fmt.Errorf("targets have %d and %d hex digits", len(said.NewTargetHashHexEncoded), len(said.PrevTargetHashHexEncoded))
	}
	return []ch.Row{&difficultyRow{
		Service: said.ServiceId, origin: originOf(part, e), Target: said.NewTargetHashHexEncoded, PreviousTarget: said.PrevTargetHashHexEncoded,
		RelaysEMA: said.NewNumRelaysEma, PreviousRelaysEMA: said.PrevNumRelaysEma,
	}}, nil
}
