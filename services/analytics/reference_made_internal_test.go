package analytics

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"

	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
)

// relaysOf makes the log of most claims: relays of two gateways and of nobody known, of which some were not mined.
func (m *made) relaysOf(random *rand.Rand) {
	sequence := uint64(0)
	for _, c := range m.claims {
		for n := range random.IntN(8) {
			sequence++
			by := []signedBy{{"g0", "ring"}, {"g0", "claim"}, {"g1", "claim"}, {}}[random.IntN(4)]
			m.relays = append(m.relays, &relayRow{
				sessionTerms: sessionTerms{SessionID: fmt.Sprint(c.claimKey), Supplier: c.Supplier, Application: c.Application, Service: c.Service, EndHeight: c.SessionEndHeight},
				StreamSeq:    sequence, Relayer: "r", Number: uint64(n + 1), RelayHash: strings.Repeat(string(rune('a'+n)), 32), Mined: random.IntN(3) > 0,
				ComputeUnits: 10, ServedAt: at(c.SessionEndHeight, 0).Time, Status: 200, BackendNanos: 5, signedBy: by,
			})
		}
		for n := range random.IntN(3) {
			m.refused = append(m.refused, &refusedRow{
				Relayer: "r", Number: uint64(n + 1), SessionID: fmt.Sprint(c.claimKey), Supplier: c.Supplier, Application: c.Application, Service: c.Service,
				EndHeight: c.SessionEndHeight, Cause: []string{"overload", "signature"}[random.IntN(2)], Until: at(c.SessionEndHeight, 0).Time, Relays: random.Uint64N(9),
			})
		}
	}
}

// obligationsOf makes what a submitter says: each state replaces the one before.
func (m *made) obligationsOf(random *rand.Rand) {
	sequence := uint64(0)
	for _, c := range m.claims {
		for step := range 1 + random.IntN(4) {
			sequence++
			m.obligations = append(m.obligations, &obligationRow{
				SessionID: fmt.Sprint(c.claimKey), Supplier: c.Supplier, Application: c.Application, Service: c.Service, EndHeight: c.SessionEndHeight,
				Mined: c.NumRelays, Phase: []string{"sealed", "claimed", "proven", "ended"}[step], Outcome: []string{"", "", "", "settled"}[step],
				ClaimCloseHeight: c.SessionEndHeight + 4, ProofOpenHeight: c.SessionEndHeight + 4, ProofCloseHeight: c.SessionEndHeight + 8,
				ClaimedUpokt: c.ClaimedUpokt, SettledUpokt: new(big.Int), FeeUpokt: big.NewInt(int64(step)), Height: c.SessionEndHeight + int64(step), StreamSeq: sequence,
			})
		}
	}
}

func (m *made) difficultiesOf(random *rand.Rand) {
	for height := int64(10); height <= lastHeight; height += 10 {
		for i := range 2 {
			target := new(big.Int).Rsh(new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1)), uint(random.IntN(20)))
			target.Sub(target, new(big.Int).Rsh(target, uint(1+random.IntN(4))))
			m.difficulties = append(m.difficulties, &difficultyRow{
				Service: fmt.Sprint("x", i), origin: at(height, uint32(i)), Target: fmt.Sprintf("%064x", target), PreviousTarget: strings.Repeat("ff", 32), RelaysEMA: random.Uint64N(1e6),
			})
		}
	}
}

// chainOfParams is the chain's rule for shared parameters (chain-rules.md §2), of which sessions' length is all that is
// looked at here: what is in force, and what was said and is in force from a height on.
type chainOfParams struct {
	now  sharedtypes.Params
	next *sharedtypes.Params // nil: none
	from int64
}

// block begins a block: what is in force from it on is in force.
func (c *chainOfParams) block(height int64) {
	if c.next != nil && height >= c.from {
		c.now, c.next = *c.next, nil
	}
}

// update takes an update of the length, or with 0 of something else, and returns from when it counts.
func (c *chainOfParams) update(height int64, length uint64) int64 {
	c.from = sharedtypes.GetSessionEndHeight(&c.now, height) + 1
	next := c.now
	if length > 0 && length != next.NumBlocksPerSession {
		next.NumBlocksPerSession, next.SessionGridAnchorHeight = length, uint64(c.from)
	}
	c.next = &next
	return c.from
}

// paramsOf lets the length of sessions change at random, with other updates in between, and reads the state now and then.
func (m *made) paramsOf(random *rand.Rand) {
	c := &chainOfParams{now: sharedtypes.Params{NumBlocksPerSession: 10}}
	said := map[string]string{}
	read := func(height int64) {
		for name, value := range map[string]string{
			"num_blocks_per_session": fmt.Sprintf("%q", fmt.Sprint(c.now.NumBlocksPerSession)), "session_grid_anchor_height": fmt.Sprintf("%q", fmt.Sprint(c.now.SessionGridAnchorHeight)),
			"compute_units_to_tokens_multiplier": `"42"`,
		} {
			if said[name] != value {
				said[name] = value
				m.readings = append(m.readings, &paramSeenRow{Module: "shared", Name: name, Height: height, Time: at(height, 0).Time, Value: value})
			}
		}
	}
	for height := int64(1); height <= lastHeight; height++ {
		c.block(height)
		for tx := range uint32(random.IntN(3) / 2 * (1 + random.IntN(2))) {
			row := &paramUpdateRow{Module: "shared", Name: "compute_units_to_tokens_multiplier", place: place{Height: height, TxIndex: tx, Time: at(height, 0).Time}, Value: `"43"`}
			length := uint64(0)
			if random.IntN(2) == 0 {
				length = 2 + random.Uint64N(9)
				row.Name, row.Value = "num_blocks_per_session", fmt.Sprintf("%q", fmt.Sprint(length))
			}
			m.updates = append(m.updates, row)
			m.effective = append(m.effective, c.update(height, length))
		}
		if height == 1 || random.IntN(20) == 0 {
			read(height)
		}
	}
}
