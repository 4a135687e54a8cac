package treasury

import "cosmossdk.io/math"

// Account is an operator as the chain has it. Amounts are upokt.
type Account struct {
	Address string
	Balance math.Int // spendable
	Stake   math.Int // nil: it is not staked
	Leaving bool     // it is unbonding
}

// Needs are what an operator must have.
type Needs struct {
	Balance  math.Int // for its next windows; at least 1, for the chain takes no proof of an account that has nothing
	MinStake math.Int // below it the chain unstakes the supplier
	Penalty  math.Int // what a missing proof takes of the stake
}

// Stake is how an operator's stake stands.
type Stake string

// The states of a stake, from the best.
const (
	StakeFine    Stake = "fine"
	StakeAtRisk  Stake = "at_risk" // one missing proof, and the supplier is unstaked
	StakeTooLow  Stake = "too_low" // the chain unstakes it
	StakeLeaving Stake = "leaving" // it is unbonding
	StakeNone    Stake = "none"
)

// Stakes lists all states.
func Stakes() []Stake { return []Stake{StakeFine, StakeAtRisk, StakeTooLow, StakeLeaving, StakeNone} }

// State is what is to be said of an operator.
type State struct {
	Poor  bool // it cannot pay its next windows
	Stake Stake
}

// Judge says how an operator stands.
func Judge(a Account, n Needs) State {
	s := State{Poor: a.Balance.LT(n.Balance), Stake: StakeFine}
	switch {
	case a.Stake.IsNil():
		s.Stake = StakeNone
	case a.Leaving:
		s.Stake = StakeLeaving
	case a.Stake.LT(n.MinStake):
		s.Stake = StakeTooLow
	case a.Stake.Sub(n.Penalty).LT(n.MinStake):
		s.Stake = StakeAtRisk
	}
	return s
}
