package llm

import (
	"mime"
	"strings"
	"time"
)

// Reader reads an answer as it passes. It is for one goroutine.
type Reader struct {
	frame      frame
	now        func() time.Time
	scan       *scanner
	total      total
	firstToken time.Time
	line       line // of server-sent events
}

// frame is how an answer is cut into JSON documents.
type frame uint8

const (
	unread frame = iota // it is of a kind that says nothing
	whole               // it is one document
	lines               // each line is one
	events              // each server-sent event's data is one
)

// NewReader is for an answer with a Content-Type. now is asked at most once; nil: the first token's time is unknown.
func NewReader(contentType string, now func() time.Time) *Reader {
	return &Reader{frame: frameOf(contentType), now: now, scan: newScanner(answerPaths)}
}

func frameOf(contentType string) frame {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return unread
	}
	switch media {
	case "text/event-stream":
		return events
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/stream+json":
		return lines
	}
	if media == "application/json" || strings.HasSuffix(media, "+json") {
		return whole
	}
	return unread
}

// Write reads the next bytes of the answer, wherever they are cut, and keeps none of them. It never fails.
func (r *Reader) Write(p []byte) (int, error) {
	switch r.frame {
	case whole:
		r.scan.write(p)
	case lines:
		r.writeLines(p)
	case events:
		r.writeEvents(p)
	}
	return len(p), nil
}

// Result is what was said up to here. The last document of a stream counts if it is complete.
func (r *Reader) Result() Usage {
	end := *r // reading can go on
	scan := *r.scan
	end.scan = &scan
	end.endDocument()
	u := end.total.usage()
	u.Streamed = r.frame == lines || r.frame == events
	if u.Streamed {
		u.FirstToken = end.firstToken
	}
	return u
}

// endDocument adds the document that was read, if it is one.
func (r *Reader) endDocument() {
	d, ok := r.scan.end()
	if !ok {
		return
	}
	r.total.add(d)
	if d.content && r.firstToken.IsZero() && r.now != nil {
		r.firstToken = r.now()
	}
}
