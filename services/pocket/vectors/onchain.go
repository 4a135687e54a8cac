package vectors

import (
	"encoding/json"
	"strconv"

	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/session"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// chainFile is on_chain.json: one session that a real node accepted and
// settled.
type chainFile struct {
	ChainID     Field[string]  `json:"chain_id"`
	Application keyObject      `json:"application"`
	Gateway     keyObject      `json:"gateway"`
	Supplier    keyObject      `json:"supplier"`
	BlockHashes map[string]Hex `json:"block_hashes"`
	Header      headerFields   `json:"session_header"`
	Offsets     Field[[]Int]   `json:"session_start_block_hash_offset"`
	Response    struct {
		Session struct {
			ID     Field[string] `json:"session_id"`
			Number Field[Int]    `json:"session_number"`
			Blocks Field[Int]    `json:"num_blocks_per_session"`
		} `json:"session"`
	} `json:"session_response"`

	Leaves       []json.RawMessage `json:"leaves"`
	Root         Field[Hex]        `json:"root"`
	ClaimOpen    Field[Int]        `json:"claim_window_open_height"`
	ClaimMessage Field[Hex]        `json:"claim_message"`
	Seed         Field[Int]        `json:"proof_seed_block_height"`
	ProofOpen    Field[Int]        `json:"proof_window_open_height"`
	ProofPath    Field[Hex]        `json:"proof_path"`
	Proof        Field[Hex]        `json:"proof"`
	ProofMessage Field[Hex]        `json:"proof_message"`

	Transactions []json.RawMessage `json:"transactions"`
	Blocks       []chainBlock      `json:"blocks"`
	Params       chainParams       `json:"module_params"`
}

// chainRun is the state of one run.
type chainRun struct {
	file     chainFile
	supplier keys.Private
	windows  session.Windows
	leaves   []smst.Leaf
	values   map[smst.Path][]byte
	tree     *smst.Tree
}

// RunOnChain runs on_chain.json of dir through all our packages, from the
// session's id to what the claim was settled for.
func RunOnChain(dir string) (Result, error) {
	res := Result{Name: "on_chain.json"}
	r := chainRun{values: map[smst.Path][]byte{}}
	if err := load(dir, res.Name, &r.file); err != nil {
		return res, err
	}
	if !r.file.ChainID.Set {
		return res, nil
	}
	res.Run("keys", r.checkKeys)
	res.Run("session", r.checkSession)
	runEach(&res, "leaves", r.file.Leaves, r.leaf)
	r.tree = smst.NewTree(r.leaves)
	res.Run("claim", r.checkClaim)
	res.Run("proof", r.checkProof)
	runEach(&res, "transactions", r.file.Transactions, r.transaction)
	res.Run("settlement", r.checkSettlement)
	return res, nil
}

func (r *chainRun) checkKeys(c *Case) {
	r.file.Application.check(c, "application")
	r.file.Gateway.check(c, "gateway")
	r.supplier = r.file.Supplier.check(c, "supplier")
	Equal(c, "application_address", r.file.Header.Application, r.file.Application.Address.V)
}

// checkSession derives the session from its start block and compares the
// windows.
func (r *chainRun) checkSession(c *Case) {
	h := r.file.Header.header(c)
	p := r.file.Params.Shared.Params.params(c)
	r.windows = session.At(p, h.SessionStartBlockHeight)
	w := r.windows
	Equal(c, "session_start_block_height", r.file.Header.Start, Int(w.Start))
	Equal(c, "session_end_block_height", r.file.Header.End, Int(w.End))
	Equal(c, "session_number", r.file.Response.Session.Number, Int(w.Number))
	Equal(c, "num_blocks_per_session", r.file.Response.Session.Blocks, Int(w.End-w.Start+1))
	Equal(c, "claim_window_open_height", r.file.ClaimOpen, Int(w.ClaimOpen))
	Equal(c, "proof_window_open_height", r.file.ProofOpen, Int(w.ProofOpen))
	Equal(c, "proof_seed_block_height", r.file.Seed, Int(w.SeedHeight))
	offsets, _ := r.file.Offsets.Need(c, "session_start_block_hash_offset")
	for _, offset := range offsets {
		hash := r.blockHash(c, w.Start+int64(offset))
		id := session.ID(hash, h.ServiceId, h.ApplicationAddress, w.Start)
		Equal(c, "session_id", r.file.Header.ID, id)
		Equal(c, "session_response session_id", r.file.Response.Session.ID, id)
	}
}

func (r *chainRun) blockHash(c *Case, height int64) []byte {
	hash, ok := r.file.BlockHashes[strconv.FormatInt(height, 10)]
	if !ok {
		c.Errorf("block_hashes: none for height %d", height)
	}
	return hash
}

func (r *chainRun) checkClaim(c *Case) {
	root := r.tree.Root()
	c.Bytes("root", r.file.Root, root[:])
	msg := claim.NewCreateClaim(r.supplier.Address(), r.file.Header.header(c), root)
	compareEncoding(c, "claim_message", r.file.ClaimMessage, msg)
}

// checkProof derives the path, verifies the file's proof and makes our own.
func (r *chainRun) checkProof(c *Case) {
	path := claim.ProofPath(r.blockHash(c, r.windows.SeedHeight), r.file.Header.ID.V)
	c.Bytes("proof_path", r.file.ProofPath, path[:])
	proof, _ := r.file.Proof.Need(c, "proof")
	if err := smst.VerifyProof(proof, r.tree.Root()); err != nil {
		c.Errorf("proof: %v", err)
	}
	msg := claim.NewSubmitProof(r.supplier.Address(), r.file.Header.header(c), proof)
	compareEncoding(c, "proof_message", r.file.ProofMessage, msg)

	own, err := r.tree.Closest(path)
	if err != nil {
		c.Errorf("make proof: %v", err)
		return
	}
	r.compareOwn(c, proof, own)
}

// compareOwn compares our proof with the file's, decoded.
func (r *chainRun) compareOwn(c *Case, proof []byte, own smst.Proof) {
	theirs, err := smst.DecodeProof(proof)
	if err != nil {
		c.Errorf("proof: %v", err)
		return
	}
	valueOf := func(l smst.Leaf) []byte { return r.values[l.Path] }
	ours, err := own.Compact(valueOf(own.Leaf))
	if err != nil {
		c.Errorf("make proof: %v", err)
		return
	}
	ours.ClosestProof.SiblingData = own.Sibling.Data(valueOf)
	fieldsOf(theirs).compare(c, "our ", ours, false)
	if err := smst.VerifyProof(ours.Encode(), r.tree.Root()); err != nil {
		c.Errorf("our proof: %v", err)
	}
}
