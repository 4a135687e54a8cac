package relayer

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// shot is one request and what became of it.
type shot struct {
	request []byte
	due     time.Time
	took    time.Duration // from when it was due
	status  int           // 0: no answer
	body    []byte
}

// fire sends the requests at a constant rate over the connections and returns when all are answered, and how long that
// took. A request that is due while every connection is busy waits, and its time runs.
func fire(address string, connections int, rate float64, requests [][]byte, keep bool) ([]shot, time.Duration) {
	shots, due := make([]shot, len(requests)), make(chan *shot, len(requests))
	begin := time.Now().Add(10 * time.Millisecond)
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() { serveShots(address, due, keep) })
	}
	for i := range shots {
		s := &shots[i]
		s.request, s.due = requests[i], begin.Add(time.Duration(float64(i)/rate*float64(time.Second)))
		if wait := time.Until(s.due); wait > 0 {
			time.Sleep(wait)
		}
		due <- s
	}
	close(due)
	wg.Wait()
	return shots, time.Since(begin)
}

// serveShots sends one after another over a connection of its own.
func serveShots(address string, due <-chan *shot, keep bool) {
	var c net.Conn
	var r *bufio.Reader
	for s := range due {
		if c == nil {
			var err error
			if c, err = net.Dial("tcp", address); err != nil {
				continue
			}
			r = bufio.NewReaderSize(c, 4<<10)
		}
		if err := s.send(c, r, keep); err != nil {
			_ = c.Close()
			c = nil
		}
		s.took = time.Since(s.due)
	}
	if c != nil {
		_ = c.Close()
	}
}

func (s *shot) send(c net.Conn, r *bufio.Reader, keep bool) error {
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return err
	}
	if _, err := c.Write(s.request); err != nil {
		return err
	}
	status, length, err := readHead(r)
	if err != nil {
		return err
	}
	if !keep {
		if _, err = r.Discard(length); err == nil {
			s.status = status
		}
		return err
	}
	s.body = make([]byte, length)
	if _, err = io.ReadFull(r, s.body); err == nil {
		s.status = status
	}
	return err
}

// readHead reads as little of HTTP/1.1 as a response of known length needs: the load must cost less than what it loads.
func readHead(r *bufio.Reader) (status, length int, err error) {
	lines, length := textproto.NewReader(r), -1
	first, err := lines.ReadLine()
	if err != nil {
		return 0, 0, err
	}
	if len(first) < 12 || !strings.HasPrefix(first, "HTTP/1.1 ") {
		return 0, 0, fmt.Errorf("no HTTP/1.1 response: %.40q", first)
	}
	if status, err = strconv.Atoi(first[9:12]); err != nil {
		return 0, 0, err
	}
	for {
		line, err := lines.ReadLine()
		if err != nil {
			return 0, 0, err
		}
		if line == "" {
			break
		}
		if name, value, _ := strings.Cut(line, ": "); strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(value); err != nil {
				return 0, 0, err
			}
		}
	}
	if length < 0 {
		return 0, 0, fmt.Errorf("response %d without a length", status)
	}
	return status, length, nil
}

// outcome is what a number of shots came to.
type outcome struct {
	offered   float64 // a second
	sent, ok  int
	refused   int                   // with 503 or 429
	other     int                   // with anything else
	answered  float64               // ok a second
	quantiles map[int]time.Duration // of those that were ok, in thousandths
	cpu       time.Duration         // of the relayer, all in all
}

// tally sums up.
func tally(shots []shot, rate float64, took time.Duration) outcome {
	o := outcome{offered: rate, sent: len(shots), quantiles: map[int]time.Duration{}}
	var times []time.Duration
	for i := range shots {
		switch shots[i].status {
		case http.StatusOK:
			o.ok++
			times = append(times, shots[i].took)
		case http.StatusServiceUnavailable, http.StatusTooManyRequests:
			o.refused++
		default:
			o.other++
		}
	}
	slices.Sort(times)
	for _, q := range []int{500, 990, 999} {
		if len(times) > 0 {
			o.quantiles[q] = times[min(len(times)-1, len(times)*q/1000)]
		}
	}
	o.answered = float64(o.ok) / took.Seconds()
	return o
}
