package traffic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/openai/openai-go/v3"
)

// line is a sender's WebSocket. The gateway closes it when its session ends, or the line breaks: then it is opened again
// with the next message.
type line struct {
	gateway, model string
	client         *http.Client

	conn    *websocket.Conn // nil: not open
	session string
	answers chan []byte // closed when the connection has ended
}

// ask sends one message and takes its answer. The session is not known when nothing was sent.
func (l *line) ask(ctx context.Context, message any) outcome {
	if err := l.open(ctx); err != nil {
		return outcome{err: fmt.Errorf("open WebSocket: %w", err)}
	}
	err := wsjson.Write(ctx, l.conn, message)
	if err == nil {
		err = l.answer(ctx)
	}
	if err != nil {
		l.close()
	}
	return outcome{l.session, err}
}

var errLost = errors.New("the WebSocket ended before the answer")

func (l *line) answer(ctx context.Context) error {
	select {
	case raw, more := <-l.answers:
		var got openai.ChatCompletion
		switch err := json.Unmarshal(raw, &got); {
		case !more:
			return errLost
		case err != nil:
			return fmt.Errorf("read answer: %w", err)
		case len(got.Choices) == 0:
			return fmt.Errorf("not an answer: %s", raw)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// open connects, unless the connection is still there.
func (l *line) open(ctx context.Context) error {
	if l.conn != nil {
		select {
		case <-l.answers: // it has ended, or said what nobody asked for
			l.close()
		default:
			return nil
		}
	}
	//nolint:bodyclose // the library closes or owns it
	conn, res, err := websocket.Dial(ctx, l.gateway+"/v1/chat/completions?model="+url.QueryEscape(l.model), &websocket.DialOptions{HTTPClient: l.client})
	if err != nil {
		return err
	}
	l.conn, l.session, l.answers = conn, sessionOf(res), make(chan []byte, 1)
	go read(conn, l.answers)
	return nil
}

// read hands on what comes until the connection ends.
func read(conn *websocket.Conn, answers chan<- []byte) {
	defer close(answers)
	for {
		_, raw, err := conn.Read(context.Background()) // ends with the connection
		if err != nil {
			return
		}
		answers <- raw
	}
}

// close ends the connection, if there is one.
func (l *line) close() {
	if l.conn == nil {
		return
	}
	_ = l.conn.Close(websocket.StatusNormalClosure, "") // whatever it says, the connection is gone
	for range l.answers {                               // until its reader has ended
	}
	l.conn = nil
}
