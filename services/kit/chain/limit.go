package chain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// bounded is a transport whose answers have at most so many bytes; 0: any number.
type bounded struct {
	http.RoundTripper
	most int64
}

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil && b.most > 0 {
		answer.Body = &short{ReadCloser: answer.Body, left: b.most, most: b.most}
	}
	return answer, err
}

// short is a body that is an error behind so many bytes.
type short struct {
	io.ReadCloser
	left, most int64
}

func (s *short) Read(p []byte) (int, error) {
	if int64(len(p)) > s.left+1 {
		p = p[:s.left+1]
	}
	n, err := s.ReadCloser.Read(p)
	if s.left -= int64(n); s.left < 0 {
		return 0, fmt.Errorf("answer has more than max_answer_bytes, %d", s.most)
	}
	return n, err
}

// patient is a body that is waited for as long as it comes.
type patient struct {
	io.ReadCloser
	cancel context.CancelCauseFunc // of the request
	wait   time.Duration           // longest time without a byte
	fault  error                   // of a read
}

var errSlow = errors.New("nothing came within the timeout")

// within cancels the request when f takes too long.
func (p *patient) within(f func() error) error {
	late := time.AfterFunc(p.wait, func() { p.cancel(errSlow) })
	err := f()
	if !late.Stop() && err != nil && !errors.Is(err, io.EOF) {
		return errSlow
	}
	return err
}

func (p *patient) Read(to []byte) (n int, err error) {
	err = p.within(func() (err error) { n, err = p.ReadCloser.Read(to); return })
	if err != nil && !errors.Is(err, io.EOF) {
		p.fault = err
	}
	return n, err
}

// window is what a decoder reads, which may hold so many bytes.
type window struct {
	from io.Reader
	to   *json.Decoder
	read int64 // bytes
	most int64
}

func (w *window) Read(p []byte) (int, error) {
	room := w.most - (w.read - w.to.InputOffset())
	if room <= 0 {
		return 0, fmt.Errorf("one value has more than %d bytes", w.most)
	}
	p = p[:min(int64(len(p)), room)]
	n, err := w.from.Read(p)
	w.read += int64(n)
	return n, err
}
