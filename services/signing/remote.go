package signing

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/lodeworks/lode/services/pocket/keys"
)

// ErrRemote is returned when the signer behind the socket does not answer, refuses, or answers wrongly.
var ErrRemote = errors.New("signer")

// remoteTimeout bounds one question to the signer.
const remoteTimeout = 5 * time.Second

// Remote asks a signer behind a unix socket.
type Remote struct {
	client  *http.Client
	purpose string // of what it signs
}

// NewRemote returns a client; it connects when it is used.
func NewRemote(socket, purpose string) *Remote {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	return &Remote{purpose: purpose, client: &http.Client{
		Timeout:   remoteTimeout,
		Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute},
	}}
}

// Signers returns the keys that the signer has, by address.
func (r *Remote) Signers(ctx context.Context) (map[string]Signer, error) {
	var list keyList
	if err := r.ask(ctx, http.MethodGet, "/v1/keys", nil, &list); err != nil {
		return nil, err
	}
	signers := map[string]Signer{}
	for _, k := range list.Keys {
		var public [33]byte
		if err := unhex(public[:], k.PublicKey); err != nil || keys.AddressOf(public) != k.Address {
			return nil, fmt.Errorf("%w: the public key of %.60q is not its own", ErrRemote, k.Address)
		}
		signers[k.Address] = &remoteKey{remote: r, address: k.Address, public: public}
	}
	return signers, nil
}

// ask sends a question and reads its answer.
func (r *Remote) ask(ctx context.Context, method, path string, question, answer any) error {
	var body io.Reader
	if question != nil {
		raw, err := json.Marshal(question)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrRemote, err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://signer"+path, body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRemote, err)
	}
	res, err := r.client.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRemote, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxMessage))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRemote, err)
	}
	if res.StatusCode != http.StatusOK {
		var said signReply
		_ = json.Unmarshal(raw, &said) // without a text the status must do
		return fmt.Errorf("%w: status %d %.200s", ErrRemote, res.StatusCode, said.Error)
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		return fmt.Errorf("%w: %w", ErrRemote, err)
	}
	return nil
}

// remoteKey is one key behind the socket.
type remoteKey struct {
	remote  *Remote
	address string
	public  [33]byte
}

func (k *remoteKey) Public() [33]byte { return k.public }

// SignDigest asks for a signature and checks it: a response with a wrong one would cost the supplier its gateways.
func (k *remoteKey) SignDigest(ctx context.Context, digest [32]byte) (sig [64]byte, err error) {
	var said signReply
	question := signRequest{Address: k.address, Purpose: k.remote.purpose, Digest: hex.EncodeToString(digest[:])}
	if err := k.remote.ask(ctx, http.MethodPost, "/v1/sign", question, &said); err != nil {
		return sig, err
	}
	if err := unhex(sig[:], said.Signature); err != nil {
		return sig, fmt.Errorf("%w: signature: %w", ErrRemote, err)
	}
	if err := keys.VerifyDigest(k.public, digest, sig[:]); err != nil {
		return sig, fmt.Errorf("%w: %w", ErrRemote, err)
	}
	return sig, nil
}
