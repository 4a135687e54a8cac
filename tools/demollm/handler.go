package demollm

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"
)

// handler answers requests; it keeps nothing between them.
type handler struct {
	cfg   Config
	model *ngram
}

// NewHandler is the API as a handler, for servers that exist already. Errors:
// those of cfg.Validate.
func NewHandler(cfg Config) (http.Handler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	h := &handler{cfg: cfg, model: shipped()}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/chat/completions", h.chat)
	mux.HandleFunc("/v1/completions", only(http.MethodPost, h.answer(false)))
	mux.HandleFunc("/v1/models", only(http.MethodGet, h.models))
	mux.HandleFunc("/v1/models/"+ModelName, only(http.MethodGet, h.card))
	mux.HandleFunc("/healthz", only(http.MethodGet, h.health))
	mux.HandleFunc("/", h.nothing)
	return mux, nil
}

func only(method string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			w.Header().Set("Allow", method)
			writeError(w, coded(http.StatusMethodNotAllowed, "method_not_allowed", "Not allowed to %s on %s; use %s", cut(r.Method), cut(r.URL.Path), method))
			return
		}
		next(w, r)
	}
}

// chat takes chat requests by POST, and any number of them by WebSocket.
func (h *handler) chat(w http.ResponseWriter, r *http.Request) {
	if wantsSocket(r) {
		h.socket(w, r)
		return
	}
	only(http.MethodPost, h.answer(true))(w, r)
}

func (h *handler) nothing(w http.ResponseWriter, r *http.Request) {
	writeError(w, coded(http.StatusNotFound, "unknown_url", "Unknown request URL: %s %s", cut(r.Method), cut(r.URL.Path)))
}

func (h *handler) health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok", "model": ModelName})
}

// card is OpenAI's model object with a description.
func (h *handler) card(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, modelCard())
}

func (h *handler) models(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": []any{modelCard()}})
}

func modelCard() map[string]any {
	return map[string]any{"id": ModelName, "object": "model", "created": 1735689600, "owned_by": "lode-demo", "description": Card}
}

// answer serves a chat or a text completion.
func (h *handler) answer(chat bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a, err := decodeAsk(http.MaxBytesReader(w, r.Body, h.cfg.MaxBodyBytes), chat)
		if err != nil {
			var e *apiError
			errors.As(err, &e) // decodeAsk has no other
			writeError(w, e)
			return
		}
		if a.Stream {
			h.stream(w, r, a)
			return
		}
		h.whole(w, r, a)
	}
}

func (h *handler) whole(w http.ResponseWriter, r *http.Request, a ask) {
	answer := h.say(r.Context(), a)
	if r.Context().Err() == nil {
		writeJSON(w, http.StatusOK, answer)
	}
}

// say is the whole answer, or as much of it as was said until ctx ended.
func (h *handler) say(ctx context.Context, a ask) reply {
	var b strings.Builder
	pace := h.pace(ctx)
	finish, used := generate(h.model, a, func(text string) bool {
		b.WriteString(text)
		return pace()
	})
	return head(a, false).whole(a.Chat, b.String(), finish, used)
}

func (h *handler) stream(w http.ResponseWriter, r *http.Request, a ask) {
	events, head, pace := newEventStream(w), head(a, true), h.pace(r.Context())
	if a.Chat && !events.send(head.chunk(true, delta{Role: "assistant"}, nil)) {
		return
	}
	finish, used := generate(h.model, a, func(text string) bool {
		return pace() && events.send(head.chunk(a.Chat, delta{Content: text}, nil))
	})
	if r.Context().Err() != nil || !events.send(head.chunk(a.Chat, delta{}, &finish)) {
		return
	}
	if a.IncludeUsage && !events.send(head.total(used)) {
		return
	}
	events.done()
}

// pace returns a function that waits as configured before each piece, and
// reports whether the client still waits too.
func (h *handler) pace(ctx context.Context) func() bool {
	wait := h.cfg.FirstToken
	return func() bool {
		ok := sleep(ctx, wait)
		wait = h.cfg.PerToken
		return ok
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// head is what all parts of one answer have in common.
func head(a ask, streamed bool) reply {
	prefix, object := "cmpl-demo-", "text_completion"
	if a.Chat {
		prefix, object = "chatcmpl-demo-", "chat.completion"
	}
	if a.Chat && streamed {
		object += ".chunk"
	}
	return reply{ID: prefix + rand.Text(), Object: object, Created: time.Now().Unix(), Model: ModelName, Fingerprint: Fingerprint}
}
