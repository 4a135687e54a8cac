package vectors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strconv"

	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"

	"github.com/lodeworks/lode/services/pocket/session"
)

// sessionFile is session_id.json.
type sessionFile struct {
	IDs        []json.RawMessage `json:"session_ids"`
	Selections []json.RawMessage `json:"supplier_selection"`
	Windows    []json.RawMessage `json:"windows"`
}

// RunSessionID runs session_id.json of dir through package session.
func RunSessionID(dir string) (Result, error) {
	res := Result{Name: "session_id.json"}
	var file sessionFile
	if err := load(dir, res.Name, &file); err != nil {
		return res, err
	}
	runEach(&res, "session_ids", file.IDs, checkSessionID)
	runEach(&res, "supplier_selection", file.Selections, checkSelection)
	runEach(&res, "windows", file.Windows, checkWindows)
	return res, nil
}

// gridFields are the fields that say where a session lies.
type gridFields struct {
	Params Field[paramFields] `json:"shared_params"`
	Start  Field[Int]         `json:"session_start_height"`
	End    Field[Int]         `json:"session_end_height"`
	Number Field[Int]         `json:"session_number"`
}

// paramFields are the shared parameters that time follows.
type paramFields struct {
	Blocks     Field[Uint] `json:"num_blocks_per_session"`
	Grace      Field[Uint] `json:"grace_period_end_offset_blocks"`
	ClaimOpen  Field[Uint] `json:"claim_window_open_offset_blocks"`
	ClaimClose Field[Uint] `json:"claim_window_close_offset_blocks"`
	ProofOpen  Field[Uint] `json:"proof_window_open_offset_blocks"`
	ProofClose Field[Uint] `json:"proof_window_close_offset_blocks"`
	Anchor     Field[Uint] `json:"session_grid_anchor_height"`
	AtAnchor   Field[Uint] `json:"session_number_at_anchor"`
}

func (f paramFields) params(c *Case) *sharedtypes.Params {
	need := func(name string, f Field[Uint]) uint64 {
		v, _ := f.Need(c, name)
		return uint64(v)
	}
	return &sharedtypes.Params{
		NumBlocksPerSession:          need("num_blocks_per_session", f.Blocks),
		GracePeriodEndOffsetBlocks:   need("grace_period_end_offset_blocks", f.Grace),
		ClaimWindowOpenOffsetBlocks:  need("claim_window_open_offset_blocks", f.ClaimOpen),
		ClaimWindowCloseOffsetBlocks: need("claim_window_close_offset_blocks", f.ClaimClose),
		ProofWindowOpenOffsetBlocks:  need("proof_window_open_offset_blocks", f.ProofOpen),
		ProofWindowCloseOffsetBlocks: need("proof_window_close_offset_blocks", f.ProofClose),
		SessionGridAnchorHeight:      need("session_grid_anchor_height", f.Anchor),
		SessionNumberAtAnchor:        need("session_number_at_anchor", f.AtAnchor),
	}
}

// check compares where the session that contains height lies, and returns all
// its windows.
func (g gridFields) check(c *Case, height Int) (session.Windows, *sharedtypes.Params) {
	fields, _ := g.Params.Need(c, "shared_params")
	p := fields.params(c)
	w := session.At(p, int64(height))
	Equal(c, "session_start_height", g.Start, Int(w.Start))
	Equal(c, "session_end_height", g.End, Int(w.End))
	Equal(c, "session_number", g.Number, Int(w.Number))
	return w, p
}

func checkSessionID(c *Case, v struct {
	gridFields
	Height      Field[Int]    `json:"query_height"`
	BlockHash   Field[Hex]    `json:"block_hash_at_session_start"`
	Service     Field[string] `json:"service_id"`
	Application Field[string] `json:"application_address"`
	Preimage    Field[Hex]    `json:"session_id_preimage"`
	ID          Field[string] `json:"session_id"`
}) {
	height, _ := v.Height.Need(c, "query_height")
	w, _ := v.check(c, height)
	hash, _ := v.BlockHash.Need(c, "block_hash_at_session_start")
	service, _ := v.Service.Need(c, "service_id")
	application, _ := v.Application.Need(c, "application_address")
	c.Bytes("session_id_preimage", v.Preimage, session.Preimage(hash, service, application, w.Start))
	Equal(c, "session_id", v.ID, session.ID(hash, service, application, w.Start))
}

func checkSelection(c *Case, v struct {
	Preimage   Field[Hex]    `json:"session_id_preimage"`
	ID         Field[string] `json:"session_id"`
	Limit      Field[Int]    `json:"num_suppliers_per_session"`
	Candidates []struct {
		Operator Field[string] `json:"operator_address"`
		Signed   Field[string] `json:"weight_signed"`
		Unsigned Field[string] `json:"weight_unsigned"`
	} `json:"candidates"`
	Selected Field[[]string] `json:"selected_in_order"`
}) {
	preimage, _ := v.Preimage.Need(c, "session_id_preimage")
	Equal(c, "session_id", v.ID, idOf(c, preimage))
	var candidates []string
	for _, candidate := range v.Candidates {
		operator, _ := candidate.Operator.Need(c, "operator_address")
		weight := session.Weight(preimage, operator)
		Equal(c, operator+" weight_signed", candidate.Signed, strconv.FormatInt(weight, 10))
		Equal(c, operator+" weight_unsigned", candidate.Unsigned, strconv.FormatUint(uint64(weight), 10))
		candidates = append(candidates, operator)
	}
	limit, _ := v.Limit.Need(c, "num_suppliers_per_session")
	want, _ := v.Selected.Need(c, "selected_in_order")
	if got := session.Select(preimage, candidates, int(limit)); !slices.Equal(want, got) {
		c.Errorf("selected_in_order: want %q, got %q", want, got)
	}
}

// idOf takes a preimage apart and makes the id of its parts: block hash (32
// bytes), service, application, start (8 bytes), joined by dots.
func idOf(c *Case, preimage []byte) string {
	if len(preimage) < 32+1+8 {
		c.Errorf("session_id_preimage: %d bytes", len(preimage))
		return ""
	}
	text, tail := preimage[32:len(preimage)-8], preimage[len(preimage)-8:]
	parts := bytes.Split(text, []byte("."))
	if len(parts) != 4 {
		c.Errorf("session_id_preimage: %d parts", len(parts))
		return ""
	}
	start := int64(binary.LittleEndian.Uint64(tail))
	return session.ID(preimage[:32], string(parts[1]), string(parts[2]), start)
}

func checkWindows(c *Case, v struct {
	gridFields
	Height     Field[Int] `json:"height"`
	Grace      Field[Int] `json:"grace_period_end_height"`
	ClaimOpen  Field[Int] `json:"claim_window_open_height"`
	Earliest   Field[Int] `json:"earliest_claim_commit_height"`
	ClaimClose Field[Int] `json:"claim_window_close_height"`
	Seed       Field[Int] `json:"proof_seed_block_height"`
	ProofOpen  Field[Int] `json:"proof_window_open_height"`
	ProofClose Field[Int] `json:"proof_window_close_height"`
	Settlement Field[Int] `json:"settlement_session_end_height"`
	Pending    Field[Int] `json:"num_pending_sessions"`
}) {
	height, _ := v.Height.Need(c, "height")
	w, p := v.check(c, height)
	Equal(c, "grace_period_end_height", v.Grace, Int(w.GraceEnd))
	Equal(c, "claim_window_open_height", v.ClaimOpen, Int(w.ClaimOpen))
	Equal(c, "earliest_claim_commit_height", v.Earliest, Int(w.EarliestClaim("")))
	Equal(c, "claim_window_close_height", v.ClaimClose, Int(w.ClaimClose))
	Equal(c, "proof_seed_block_height", v.Seed, Int(w.SeedHeight))
	Equal(c, "proof_window_open_height", v.ProofOpen, Int(w.ProofOpen))
	Equal(c, "proof_window_close_height", v.ProofClose, Int(w.ProofClose))
	Equal(c, "settlement_session_end_height", v.Settlement, Int(w.Settlement))
	Equal(c, "num_pending_sessions", v.Pending, Int(session.PendingSessions(p)))
	checkPhases(c, w)
}

// checkPhases checks that the phases and the windows say the same.
func checkPhases(c *Case, w session.Windows) {
	for h := w.Start; h <= w.ProofClose; h++ {
		phase := w.Phase(h)
		ok := w.TakesRelays(h) == (phase == session.Active || phase == session.Grace)
		if phase == session.Claiming {
			ok = ok && w.TakesClaims(h)
		}
		if phase == session.Proving || phase == session.Settled {
			ok = ok && w.TakesProofs(h)
		}
		if !ok {
			c.Errorf("phase %s at height %d", phase, h)
		}
	}
}
