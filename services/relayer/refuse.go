package relayer

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	sessiontypes "github.com/pokt-network/poktroll/x/session/types"

	"github.com/lodeworks/lode/services/pocket/relay"
)

// refusal is why a relay was not served: the HTTP status for gateways that read it, the registered error for those
// that read a RelayResponse, and a label for the metrics.
type refusal struct {
	status int
	reg    relay.Refusal
	cause  string // metric label, from the fixed set below
	err    error
}

func (r *refusal) Error() string { return fmt.Sprintf("%s: %v", r.cause, r.err) }
func (r *refusal) Unwrap() error { return r.err }

// refuse makes a refusal; err is shown to the gateway.
func refuse(status int, reg relay.Refusal, cause string, err error) *refusal {
	return &refusal{status: status, reg: reg, cause: cause, err: err}
}

// asRefusal finds the refusal in err; an error of another kind is an internal one.
func asRefusal(err error) *refusal {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	return refuse(http.StatusInternalServerError, relay.Internal, "internal", err)
}

// write sends the refusal in the configured encoding (relay.md §6.1). header is the request's, nil when unknown.
func (r *refusal) write(w http.ResponseWriter, encoding string, header *sessiontypes.SessionHeader) {
	if encoding == "relay" {
		body, err := r.reg.Response(header, r.err.Error()).Marshal()
		if err == nil {
			writeBody(w, http.StatusOK, "application/x-protobuf", body)
			return
		}
	}
	body, _ := json.Marshal(map[string]string{"error": r.err.Error()})
	writeBody(w, r.status, "application/json", body)
}

func writeBody(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
