package signing

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
)

// Handler answers the questions of [Remote]s for the keys of a set and the purposes that are allowed. It tells done the
// outcome of each request for a signature: signed, or why not.
func Handler(set *Set, purposes []string, done func(outcome string)) http.Handler {
	h := handler{set: set, purposes: purposes, done: done}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/keys", h.keys)
	mux.HandleFunc("POST /v1/sign", h.sign)
	return mux
}

type handler struct {
	set      *Set
	purposes []string
	done     func(outcome string)
}

func (h handler) keys(w http.ResponseWriter, _ *http.Request) {
	list := keyList{Keys: []keyEntry{}}
	for _, address := range h.set.Addresses() {
		if signer := h.set.Signer(address); signer != nil {
			public := signer.Public()
			list.Keys = append(list.Keys, keyEntry{Address: address, PublicKey: hex.EncodeToString(public[:])})
		}
	}
	write(w, http.StatusOK, list)
}

func (h handler) sign(w http.ResponseWriter, r *http.Request) {
	status, said, outcome := h.answer(w, r)
	h.done(outcome)
	write(w, status, said)
}

func (h handler) answer(w http.ResponseWriter, r *http.Request) (status int, said signReply, outcome string) {
	refuse := func(status int, why, outcome string) (int, signReply, string) {
		return status, signReply{Error: why}, outcome
	}
	var asked signRequest
	var digest [32]byte
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxMessage)).Decode(&asked); err != nil {
		return refuse(http.StatusBadRequest, "not a request for a signature", "malformed")
	}
	if err := unhex(digest[:], asked.Digest); err != nil {
		return refuse(http.StatusBadRequest, "digest: "+err.Error(), "malformed")
	}
	if !slices.Contains(h.purposes, asked.Purpose) {
		return refuse(http.StatusForbidden, "this purpose is not allowed here", "forbidden")
	}
	signer := h.set.Signer(asked.Address)
	if signer == nil {
		return refuse(http.StatusNotFound, "there is no such key", "unknown_key")
	}
	sig, err := signer.SignDigest(r.Context(), digest)
	if err != nil {
		return refuse(http.StatusBadGateway, "the key cannot sign now", "failed")
	}
	return http.StatusOK, signReply{Signature: hex.EncodeToString(sig[:])}, "signed"
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the other end has gone
}
