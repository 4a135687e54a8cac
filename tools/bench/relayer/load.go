package relayer

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// shot is one request and what became of it.
type shot struct {
	request []byte
	due     time.Time
	took    time.Duration // from when it was due
	status  int           // 0: no answer
	unsent  bool          // no connection was free when it was due, or the load itself came too late
	body    []byte
}

const (
	tooLate  = 20 * time.Millisecond // behind its time a request is not sent: the load would measure itself
	noAnswer = 20 * time.Second      // after which a connection is given up
)

// fire sends the requests at a constant rate and returns when all are answered, and how long that took. No request waits
// for a connection: it is sent over one that is free, the one used last, or over a new one. Where there are as many as
// there may be, it is not sent.
func fire(address string, connections int, rate float64, requests [][]byte, keep bool) ([]shot, time.Duration) {
	l := &load{address: address, most: connections, keep: keep}
	shots, begin := make([]shot, len(requests)), time.Now().Add(10*time.Millisecond)
	for i := range shots {
		s := &shots[i]
		s.request, s.due = requests[i], begin.Add(time.Duration(float64(i)/rate*float64(time.Second)))
		if wait := time.Until(s.due); wait > 0 {
			time.Sleep(wait)
		}
		s.unsent = time.Since(s.due) > tooLate || !l.send(s)
	}
	l.end()
	return shots, time.Since(begin)
}

// load is the connections.
type load struct {
	address string
	most    int
	keep    bool // the bodies of responses

	mu    sync.Mutex
	free  []chan *shot // of connections, the one used last behind the others
	open  int
	ended bool // no shot comes any more
	wg    sync.WaitGroup
}

// send gives the shot to a connection, or says that there is none.
func (l *load) send(s *shot) bool {
	next := l.take()
	if next == nil {
		return false
	}
	next <- s
	return true
}

func (l *load) take() chan *shot {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.free); n > 0 {
		next := l.free[n-1]
		l.free = l.free[:n-1]
		return next
	}
	if l.open == l.most {
		return nil
	}
	l.open++
	next := make(chan *shot, 1)
	l.wg.Go(func() { l.serve(next) })
	return next
}

func (l *load) give(next chan *shot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		close(next)
		return
	}
	l.free = append(l.free, next)
}

// end waits for what is under way and closes the connections.
func (l *load) end() {
	l.mu.Lock()
	l.ended = true
	for _, next := range l.free {
		close(next)
	}
	l.mu.Unlock()
	l.wg.Wait()
}

// serve sends one shot after another over a connection.
func (l *load) serve(next chan *shot) {
	var c net.Conn
	var r *bufio.Reader
	for s := range next {
		if c == nil {
			var err error
			if c, err = net.Dial("tcp", l.address); err != nil {
				l.give(next)
				continue
			}
			r = bufio.NewReaderSize(c, 4<<10)
		}
		err := s.send(c, r, l.keep)
		s.took = time.Since(s.due)
		if err != nil {
			_ = c.Close()
			c = nil
		}
		l.give(next)
	}
	if c != nil {
		_ = c.Close()
	}
}

func (s *shot) send(c net.Conn, r *bufio.Reader, keep bool) error {
	if err := c.SetDeadline(time.Now().Add(noAnswer)); err != nil {
		return err
	}
	if _, err := c.Write(s.request); err != nil {
		return err
	}
	status, length, err := readHead(r)
	if err != nil {
		return err
	}
	if keep && status == http.StatusOK {
		s.body = make([]byte, length)
		_, err = io.ReadFull(r, s.body)
	} else {
		_, err = r.Discard(length)
	}
	if err == nil {
		s.status = status
	}
	return err
}

// outcome is what a number of shots came to.
type outcome struct {
	offered   float64 // a second
	sent, ok  int
	refused   int                   // with 503 or 429
	other     int                   // with anything else
	unsent    int                   // by the load
	answered  float64               // ok a second
	quantiles map[int]time.Duration // of those that were ok, in thousandths
	used      usage                 // by the relayer, all in all
}

// tally sums up.
func tally(shots []shot, rate float64, took time.Duration) outcome {
	o := outcome{offered: rate, quantiles: map[int]time.Duration{}}
	var times []time.Duration
	for i := range shots {
		switch s := &shots[i]; {
		case s.unsent:
			o.unsent++
			continue
		case s.status == http.StatusOK:
			o.ok++
			times = append(times, s.took)
		case s.status == http.StatusServiceUnavailable, s.status == http.StatusTooManyRequests:
			o.refused++
		default:
			o.other++
		}
		o.sent++
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
