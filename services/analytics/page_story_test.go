package analytics_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/jsonpb"
	gogoproto "github.com/cosmos/gogoproto/proto"
	apptypes "github.com/pokt-network/poktroll/x/application/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
	"github.com/stretchr/testify/require"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// pageEnd is the last session end of the page's history; each of its sessions has ten blocks of an hour.
const pageEnd = 90

// pageHistory is what the page is shown: two suppliers, two services, three applications, a session of each in every ten
// hours; some expire, some are not covered, the newest are open.
func pageHistory(w *world) (sessions []*session) {
	relays := 0
	random := rand.New(rand.NewPCG(5, 8))
	for n := range 3 {
		stake := sdk.NewInt64Coin("upokt", int64(40_000_000*(n+1)))
		w.happened(1, &apptypes.EventApplicationStaked{Application: &apptypes.Application{Address: pageApplication(n), Stake: &stake,
			ServiceConfigs: []*sharedtypes.ApplicationServiceConfig{{ServiceId: pageService(n)}}, DelegateeGatewayAddresses: []string{"pokt1gateway"}}, SessionEndHeight: 10})
	}
	for end := int64(20); end <= pageEnd; end += 10 {
		for n := range 3 {
			s := w.session(fmt.Sprint("page", n, "/", end), end)
			s.terms.Supplier, s.terms.Application, s.terms.Service = fmt.Sprintf("pokt1supplier%d0000000000000000000000000000", n%2), pageApplication(n), pageService(n)
			served := 6 + random.IntN(8) + int(end)/10
			relays += served
			mined := s.trafficOf(random, served)
			s.becomes(random, n, mined)
			sessions = append(sessions, s)
		}
		w.happened(end+1, &servicetypes.EventRelayMiningDifficultyUpdated{ServiceId: pageService(int(end/10) % 2), NewNumRelaysEma: uint64(900 + end),
			NewTargetHashHexEncoded: fmt.Sprintf("%02x%062x", 0xff-random.IntN(0x90), 0), PrevTargetHashHexEncoded: fmt.Sprintf("80%062x", 0)})
	}
	for height := int64(1); height <= pageEnd+4; height++ {
		w.block(height)
	}
	w.read()
	w.summed(relays)
	return sessions
}

// summed returns when the sums by hour have so many relays.
func (w *world) summed(relays int) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		var summed uint64
		err := w.conn.QueryRow(w.t.Context(), "SELECT sum(relays) FROM relay_hours FINAL").Scan(&summed)
		return err == nil && summed == uint64(relays)
	}, 2*time.Minute, 20*time.Millisecond, "relays are not summed")
}

func pageApplication(n int) string {
	return fmt.Sprintf("pokt1application%d000000000000000000000000", n)
}
func pageService(n int) string { return []string{"llama-70b", "mistral-small"}[n%2] }

// trafficOf logs relays in the session's hours, and seals its tree; it returns the number of leaves.
func (s *session) trafficOf(random *rand.Rand, n int) (mined uint64) {
	group := &relayv1.ServedGroup{Relayer: "relayer-a", Terms: []*relayv1.Terms{s.terms}}
	start := time.Unix(0, blockTime(s.terms.StartHeight))
	for i := range n {
		is := random.IntN(4) > 0
		if is {
			mined++
		}
		r := &relayv1.Served{
			Number: uint64(i + 1), Relay: s.relay(i, is), ServedUnixNano: start.Add(time.Duration(i) * 9 * time.Hour / time.Duration(n)).UnixNano(), StatusCode: 200,
			BackendNanos: 2e8 + random.Uint64N(2e9), FirstTokenNanos: 5e7 + random.Uint64N(2e8), RequestBytes: 400, ResponseBytes: 2100, Model: s.terms.Service, Streamed: true,
			UsageKnown: true, PromptTokens: 40 + random.Uint64N(400), CompletionTokens: 60 + random.Uint64N(300), FinishReason: "stop",
		}
		if random.IntN(15) == 0 {
			r.StatusCode, r.FinishReason, r.CompletionTokens = 503, "", 0
		}
		group.Relays = append(group.Relays, r)
	}
	s.sealed(s.w.say(bus.RelayServedSubject("7", fmt.Sprint(s.terms.EndHeight)), group), mined, uint64(n)-mined, 0)
	return mined
}

// becomes claims and settles the leaves, or lets the claim expire.
func (s *session) becomes(random *rand.Rand, n int, mined uint64) {
	end := s.terms.EndHeight
	s.obliged(mined, claimv1.Outcome_OUTCOME_UNSPECIFIED, "")
	if end+2 > pageEnd {
		return
	}
	s.w.happened(end+2, s.claimed(mined))
	if end+10 > pageEnd {
		return
	}
	if n == 2 && end%40 == 0 {
		slashed := &tokenomicstypes.EventSupplierSlashed{ProofMissingPenalty: "320upokt", ServiceId: s.terms.Service, ApplicationAddress: s.terms.Application,
			SessionEndBlockHeight: end, SupplierOperatorAddress: s.terms.Supplier}
		s.w.happened(end+10, s.expired(mined), slashed)
		s.obliged(mined, claimv1.Outcome_OUTCOME_EXPIRED, "PROOF_MISSING")
		return
	}
	over := uint64(0)
	if n == 1 && end%30 == 0 {
		over = 1700 + random.Uint64N(900)
	}
	s.w.happened(end+10, s.paid(mined, over))
	s.obliged(mined, claimv1.Outcome_OUTCOME_SETTLED, "")
}

// read stores what readings of the chain's state would: there is no node here. Parameters are the chain's own defaults.
func (w *world) read() {
	w.settle()
	shared, tokenomics, proof := sharedtypes.DefaultParams(), tokenomicstypes.DefaultParams(), prooftypes.DefaultParams()
	shared.NumBlocksPerSession, shared.ComputeUnitCostGranularity = 10, 1
	for _, height := range []int64{1, 40, 80} {
		at := fmt.Sprintf("fromUnixTimestamp64Nano(%d)", blockTime(height))
		require.NoError(w.t, w.conn.Exec(w.t.Context(), fmt.Sprintf("INSERT INTO supply_seen (height, time, upokt) VALUES (%d, %s, '1900000123456789')", height, at)))
		shared.ComputeUnitsToTokensMultiplier = uint64(42 + height/80)
		for module, params := range map[string]gogoproto.Message{"shared": &shared, "tokenomics": &tokenomics, "proof": &proof} {
			text, err := (&jsonpb.Marshaler{OrigName: true, EmitDefaults: true}).MarshalToString(params)
			require.NoError(w.t, err)
			values := map[string]json.RawMessage{}
			require.NoError(w.t, json.Unmarshal([]byte(text), &values))
			for name, value := range values {
				require.NoError(w.t, w.conn.Exec(w.t.Context(), fmt.Sprintf("INSERT INTO params_seen (module, name, height, time, value) VALUES ('%s', '%s', %d, %s, {value:String})", module, name, height, at),
					clickhouse.Named("value", string(value))))
			}
		}
	}
}
