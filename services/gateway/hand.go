package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// hand writes the answer to the client as it comes. What breaks off is cut, so that nobody takes it for whole.
func (x *exchange) hand(w http.ResponseWriter) {
	control := http.NewResponseController(w)
	defer func() { _ = control.SetWriteDeadline(time.Time{}) }() // the connection may serve another request
	x.head(w.Header())
	w.WriteHeader(int(x.first.StatusCode))
	var err error
	for part := x.first; err == nil; part, err = x.next() {
		if err = x.write(w, control, part.BodyBz); err != nil {
			break
		}
	}
	if errors.Is(err, errEnd) {
		x.close(nil)
		return
	}
	x.close(err)
	if x.media == eventStream && !errors.Is(err, errGone) {
		event, _ := json.Marshal(problem("relay_failed", err)) // strings only
		_ = x.write(w, control, fmt.Appendf(nil, "\n\ndata: %s\n\n", event))
	}
	panic(http.ErrAbortHandler) // cuts the connection
}

// head names the session and the supplier that is paid, and the type of what follows. A stream's comes from the
// supplier's unsigned header: the supplier chooses between the two types of streams.
func (x *exchange) head(h http.Header) {
	h.Set("Lode-Session", x.route.session.Header.SessionId)
	h.Set("Lode-Supplier", x.supplier)
	if x.media != "" {
		h.Set("Content-Type", x.media)
		h.Set("Cache-Control", "no-cache")
		return
	}
	for _, said := range x.first.Header {
		if http.CanonicalHeaderKey(said.Key) == "Content-Type" {
			h["Content-Type"] = said.Values
		}
	}
}

// How long a client may take for a part.
const (
	writeTime = 30 * time.Second
	writeRate = 16 << 10 // bytes a second, on top of it
)

// write puts a part on the wire, that of a stream at once. It fails only with errGone.
func (x *exchange) write(w io.Writer, control *http.ResponseController, body []byte) error {
	late := writeTime + time.Duration(len(body)/writeRate)*time.Second
	_ = control.SetWriteDeadline(time.Now().Add(late)) // not every connection can
	_, err := w.Write(body)
	if err == nil && x.media != "" {
		err = control.Flush()
	}
	if err != nil {
		return errors.Join(errGone, err)
	}
	return nil
}
