package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	sdktypes "github.com/pokt-network/shannon-sdk/types"
)

// handler is the API: every POST below /v1/ that names a model is a relay of that model's service.
func (g *Gateway) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", g.models)
	mux.HandleFunc("GET /v1/{rest...}", g.websocket)
	mux.HandleFunc("POST /v1/{rest...}", g.traced(g.infer))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusNotFound, "not_found", fmt.Errorf("no such endpoint: %s %s", r.Method, r.URL.Path))
	})
	return mux
}

// models lists what can be asked for.
func (g *Gateway) models(w http.ResponseWriter, _ *http.Request) {
	type model struct {
		ID      string `json:"id"`
		Object  string `json:"object"`
		OwnedBy string `json:"owned_by"`
	}
	list := []model{}
	for name, service := range g.cfg.Models {
		list = append(list, model{ID: name, Object: "model", OwnedBy: service})
	}
	slices.SortFunc(list, func(a, b model) int { return strings.Compare(a.ID, b.ID) })
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": list})
}

// infer relays one request. The answer's headers name the session and the supplier that was paid.
func (g *Gateway) infer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, g.cfg.MaxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		fail(w, http.StatusRequestEntityTooLarge, "body_too_large", fmt.Errorf("the body exceeds %d bytes", g.cfg.MaxBody))
		return
	}
	if err != nil {
		fail(w, http.StatusBadRequest, "body", err)
		return
	}
	service, err := g.serviceOf(body)
	if err != nil {
		fail(w, http.StatusBadRequest, "invalid_request_error", err)
		return
	}
	x, err := g.relay(r.Context(), service, &sdktypes.POKTHTTPRequest{
		Method: http.MethodPost, Url: r.URL.Path, BodyBz: body,
		Header: map[string]*sdktypes.Header{"Content-Type": {Key: "Content-Type", Values: []string{"application/json"}}},
	})
	if errors.Is(err, errNoRoute) {
		fail(w, http.StatusServiceUnavailable, "no_session", err)
		return
	}
	if err != nil {
		fail(w, http.StatusBadGateway, "relay_failed", err)
		return
	}
	x.hand(w)
}

// serviceOf reads the model's name.
func (g *Gateway) serviceOf(body []byte) (string, error) {
	var ask struct {
		Model string `json:"model"`
	}
	if err := json.Unmarshal(body, &ask); err != nil {
		return "", fmt.Errorf("the body is not JSON: %w", err)
	}
	service, ok := g.cfg.Models[ask.Model]
	if !ok {
		return "", fmt.Errorf("model %q is not offered here", ask.Model)
	}
	return service, nil
}

// fail answers in the shape that OpenAI clients read.
func fail(w http.ResponseWriter, status int, kind string, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(problem(kind, err))
}

func problem(kind string, err error) map[string]any {
	return map[string]any{"error": map[string]any{"message": err.Error(), "type": kind, "code": kind}}
}
