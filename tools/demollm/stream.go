package demollm

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// eventStream writes server-sent events, each flushed at once.
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func newEventStream(w http.ResponseWriter) *eventStream {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	return &eventStream{w: w, control: http.NewResponseController(w)}
}

// send writes one event and reports whether the client is still there.
func (s *eventStream) send(r reply) bool {
	data, err := json.Marshal(r)
	return err == nil && s.write(string(data))
}

// done writes the end mark.
func (s *eventStream) done() bool { return s.write("[DONE]") }

func (s *eventStream) write(data string) bool {
	if _, err := fmt.Fprintf(s.w, "data: %s\n\n", data); err != nil {
		return false
	}
	return s.control.Flush() == nil
}
