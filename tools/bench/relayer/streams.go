package relayer

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// separator ends each signed batch of a stream.
const separator = "||POKT_STREAM||"

// streams measures the time to the first chunk, median, of the backend and of the relayer; ok is false when the relayer
// answers with one response at the end.
func (r *run) streams() (backend, relayer time.Duration, ok bool, err error) {
	var from, through []time.Duration
	for range r.Streams {
		i := r.signer.next
		r.signer.next++
		took, _, err := first(r.scene.backend+"/v1/chat/completions", "application/json", fmt.Appendf(nil, streamed, i), "\n\n")
		if err != nil {
			return 0, 0, false, err
		}
		from = append(from, took)
		raw, err := r.signer.relay(i, streamed)
		if err != nil {
			return 0, 0, false, err
		}
		took, found, err := first("http://"+r.child.address, "application/x-protobuf", raw, separator)
		if err != nil {
			return 0, 0, false, err
		}
		if !found {
			return 0, 0, false, nil
		}
		through = append(through, took)
	}
	slices.Sort(from)
	slices.Sort(through)
	return from[len(from)/2], through[len(through)/2], len(through) > 0, nil
}

// first is how long it takes until end was read for the first time; the rest is read, too.
func first(url, contentType string, body []byte, end string) (took time.Duration, found bool, err error) {
	begin := time.Now()
	res, err := http.Post(url, contentType, bytes.NewReader(body))
	if err != nil {
		return 0, false, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return 0, false, fmt.Errorf("stream: %s", res.Status)
	}
	var seen []byte
	for in := bufio.NewReader(res.Body); !found; {
		b, err := in.ReadByte()
		if err == io.EOF {
			return 0, false, nil
		}
		if err != nil {
			return 0, false, err
		}
		seen = append(seen, b)
		found = bytes.HasSuffix(seen, []byte(end))
	}
	took = time.Since(begin)
	_, err = io.Copy(io.Discard, res.Body)
	return took, true, err
}
