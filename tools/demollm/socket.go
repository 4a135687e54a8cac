package demollm

import (
	"bytes"
	"errors"
	"net/http"
	"strings"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// wantsSocket tells whether a request is the handshake of a WebSocket.
func wantsSocket(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// socket answers each message, the body of a chat request, with one message: the answer, or OpenAI's error object.
func (h *handler) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Accept has answered
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(h.cfg.MaxBodyBytes)
	for {
		_, body, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		if err := wsjson.Write(r.Context(), conn, h.message(r, body)); err != nil {
			return
		}
	}
}

// message is what is said to one message.
func (h *handler) message(r *http.Request, body []byte) any {
	a, err := decodeAsk(bytes.NewReader(body), true)
	if err == nil && a.Stream {
		err = badRequest("stream", "an answer by WebSocket is one message: set stream to false")
	}
	var e *apiError
	if errors.As(err, &e) {
		return map[string]*apiError{"error": e}
	}
	return h.say(r.Context(), a)
}
