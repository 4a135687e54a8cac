package submitter

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"time"
)

// Figures is the last line of a run. All of it is from the chain's blocks, but for broadcasts and processor times.
type Figures struct {
	ClaimsDue    int   `json:"claims_due"`
	ClaimsLanded int   `json:"claims_landed"`
	ProofsDue    int   `json:"proofs_due"` // claims that the chain wanted a proof for
	ProofsLanded int   `json:"proofs_landed"`
	BlocksUsed   int64 `json:"blocks_used"` // of the window that needed more of its 11 blocks
	Lost         int   `json:"lost"`        // sessions that were not settled

	ClaimBlocks  int64   `json:"claim_blocks"` // until the last claim
	ProofBlocks  int64   `json:"proof_blocks"` // until the last proof
	Transactions int     `json:"transactions"` // in blocks
	Failed       int     `json:"failed"`       // of these, refused by the chain
	Broadcasts   int     `json:"broadcasts"`
	Dropped      int     `json:"dropped"` // broadcasts that no node saw
	Fees         int64   `json:"fees_upokt"`
	ClaimBlock   float64 `json:"claim_block_s"` // mean time between blocks in the claim window
	ProofBlock   float64 `json:"proof_block_s"`
	SubmitterCPU float64 `json:"submitter_cpu_s"` // of the whole run
	HasherCPU    float64 `json:"hasher_cpu_s"`
	IndexerCPU   float64 `json:"indexer_cpu_s"`
	NodeCPU      float64 `json:"node_cpu_s"`
}

func (r *run) figures() Figures {
	j, cpu := r.judge, r.stack.CPU()
	f := Figures{
		ClaimsDue: r.Suppliers, ClaimsLanded: len(j.claims), ProofsLanded: len(j.proofs), Lost: r.Suppliers - len(j.settled),
		ClaimBlocks: blocks(j.claims, j.windows.ClaimOpen), ProofBlocks: blocks(j.proofs, j.windows.ProofOpen),
		Transactions: j.txs, Failed: j.failed, Fees: j.fees,
		ClaimBlock: r.between(j.windows.ClaimOpen), ProofBlock: r.between(j.windows.ProofOpen),
		SubmitterCPU: seconds(cpu["submitter"]), HasherCPU: seconds(cpu["hasher"]), IndexerCPU: seconds(cpu["indexer"]), NodeCPU: seconds(cpu["pocketd"]),
	}
	for _, wanted := range j.wanted {
		if wanted {
			f.ProofsDue++
		}
	}
	f.BlocksUsed = max(f.ClaimBlocks, f.ProofBlocks)
	f.Broadcasts, f.Dropped = r.proxy.counts()
	return f
}

// between is the mean time of a block in the window that opens at a height, in seconds.
func (r *run) between(open int64) float64 {
	return seconds(r.times[open+windowBlocks-1].Sub(r.times[open]) / (windowBlocks - 1))
}

func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*100) / 100 }

// report says in words what the figures say, and how the transactions lay in the blocks.
func (r *run) report(w io.Writer, f Figures) error {
	j := r.judge
	fmt.Fprintf(w, "claims  %d of %d in %d of %d blocks (heights %d to %d), a block took %.2f s\n",
		f.ClaimsLanded, f.ClaimsDue, f.ClaimBlocks, windowBlocks, j.windows.ClaimOpen, j.windows.ClaimClose, f.ClaimBlock)
	fmt.Fprintf(w, "proofs  %d of %d in %d of %d blocks (heights %d to %d), a block took %.2f s\n",
		f.ProofsLanded, f.ProofsDue, f.ProofBlocks, windowBlocks, j.windows.ProofOpen, j.windows.ProofClose, f.ProofBlock)
	fmt.Fprintf(w, "settled %d, expired %d; %d transactions (%d refused), %d upokt of fees\n", len(j.settled), len(j.expired), f.Transactions, f.Failed, f.Fees)
	fmt.Fprint(w, "transactions by height:")
	for _, height := range slices.Sorted(maps.Keys(j.perTx)) {
		fmt.Fprintf(w, " %d:%d", height, j.perTx[height])
	}
	fmt.Fprintln(w)
	return json.NewEncoder(w).Encode(f)
}
