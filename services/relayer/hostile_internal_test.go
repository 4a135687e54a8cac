package relayer

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// enemy is the address that attacks come from; honest gateways are at 127.0.0.1.
const enemy = "127.0.0.66"

// guarded is a bench behind the server and the listener that the service has.
func guarded(t testing.TB, edit ...func(*Limits)) *bench {
	t.Helper()
	b := newBench(t, func(c *Config) {
		c.MaxBody = fits
		c.Limits.OverloadDelay = 0 // tests share the machine
		for _, f := range edit {
			f(&c.Limits)
		}
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := b.server()
	go func() { _ = srv.Serve(b.bound(ln)) }()
	t.Cleanup(func() { _ = srv.Close() })
	b.url = "http://" + ln.Addr().String()
	return b
}

// from is a client at an address.
func from(t testing.TB, address string) *http.Client {
	dial := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	tr := &http.Transport{DialContext: dial.DialContext, MaxIdleConnsPerHost: 32}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// status sends a body and returns the answer's status, 0 for none.
func (b *bench) status(c *http.Client, body io.Reader) int {
	res, err := c.Post(b.url, "application/x-protobuf", body)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

func (b *bench) raw(t testing.TB, sent string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(enemy)}}
	c, err := d.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	_, _ = io.WriteString(c, sent)
	return c
}

// TestReplay: a relay is served once; one that was not served, or not charged, may come again.
func TestReplay(t *testing.T) {
	b := guarded(t)
	good := *b.backend.Load()
	b.answerWith(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	req := b.Chat("{}")
	b.served(req, b.send(req))
	b.answerWith(good)
	b.served(req, b.send(req))
	for range 3 {
		got := b.send(req)
		require.Equal(t, http.StatusConflict, got.status)
		require.Contains(t, errorOf(t, got), "served already")
	}
	require.Equal(t, uint64(1), b.messages())
	again := b.Sign(req, b.Gateway)
	b.served(again, b.send(again))
	require.Equal(t, uint64(2), b.messages())
}

// TestReplaysAtOnce: of many copies that come together one is served.
func TestReplaysAtOnce(t *testing.T) {
	b := guarded(t)
	body, client := encoded(t, b.Chat("{}")), from(t, "127.0.0.1")
	var wg sync.WaitGroup
	counts, mu := map[int]int{}, sync.Mutex{}
	for range 16 {
		wg.Go(func() {
			got := b.status(client, bytes.NewReader(body))
			mu.Lock()
			counts[got]++
			mu.Unlock()
		})
	}
	wg.Wait()
	require.Equal(t, map[int]int{http.StatusOK: 1, http.StatusConflict: 15}, counts)
	require.Equal(t, int32(1), b.calls.Load())
}

func TestRates(t *testing.T) {
	for cause, edit := range map[string]func(*Limits){
		"application": func(l *Limits) { l.ApplicationRate, l.ApplicationBurst = 0.001, 2 },
		"signer":      func(l *Limits) { l.GatewayRate, l.GatewayBurst = 0.001, 2 },
	} {
		t.Run(cause, func(t *testing.T) {
			b := guarded(t, edit)
			for range 5 { // what is forged is charged to nobody
				forged := b.Chat("{}")
				forged.Payload = b.Chat("[]").Payload
				require.Equal(t, http.StatusForbidden, b.send(forged).status)
			}
			for range 2 {
				require.Equal(t, http.StatusOK, b.send(b.Chat("{}")).status)
			}
			got := b.send(b.Chat("{}"))
			require.Equal(t, http.StatusTooManyRequests, got.status)
			require.Contains(t, errorOf(t, got), cause)
			require.Equal(t, int32(2), b.calls.Load())
		})
	}
}

// TestSuspect: an address that sends forgeries is verified no more, but for signers that are known.
func TestSuspect(t *testing.T) {
	b := guarded(t, func(l *Limits) { l.SuspectRate = 1 })
	honest := b.Chat("{}")
	b.served(honest, b.send(honest))
	stranger, client := factstest.Key(t, "stranger"), from(t, enemy)
	forged := func() int { return b.status(client, bytes.NewReader(encoded(t, b.Sign(b.Chat("{}"), stranger)))) }
	require.Eventually(t, func() bool { return forged() == http.StatusTooManyRequests }, patience, time.Millisecond)
	require.Equal(t, http.StatusOK, b.status(client, bytes.NewReader(good(b))), "a known signer behind the same proxy")
	require.Equal(t, http.StatusForbidden, b.send(b.Sign(b.Chat("{}"), stranger)).status, "another address")
}

// TestInvalidIsRemembered: the same wrong signature is verified once.
func TestInvalidIsRemembered(t *testing.T) {
	b := guarded(t)
	forged := b.Chat("{}")
	forged.Meta.Signature[40]++ // in the key image
	forged.Meta.Signature[4+32+33] ^= 1
	require.Equal(t, http.StatusForbidden, b.send(forged).status)
	require.Contains(t, errorOf(t, b.send(forged)), "found invalid before")
}

// TestImageOf compares with the decoder.
func TestImageOf(t *testing.T) {
	b := newBench(t)
	raw := b.Chat("{}").Meta.Signature
	sig, err := ring.Decode(raw)
	require.NoError(t, err)
	require.Equal(t, sig.KeyImage(), imageOf(raw))
	require.Zero(t, imageOf(raw[:68]))
}

// TestSlowSenders: who does not send has a limited time, for the header and for the body; the slot is free then.
func TestSlowSenders(t *testing.T) {
	b := guarded(t, func(l *Limits) { l.Patience, l.MinRate = 100*time.Millisecond, 1<<20 })
	for name, sent := range map[string]string{
		"header":       "POST / HTTP/1.1\r\nHost: x\r\n",
		"body":         "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nsome",
		"chunked body": "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := b.raw(t, sent)
			require.NoError(t, c.SetReadDeadline(time.Now().Add(patience)))
			raw, err := io.ReadAll(c)
			require.False(t, errors.Is(err, context.DeadlineExceeded), "the server ends it: %v", err)
			if name != "header" {
				require.Contains(t, string(raw), "408 Request Timeout")
			}
		})
	}
}

// TestSlowBackendIsNoSlowSender: the time for a body does not end a relay whose model server takes longer.
func TestSlowBackendIsNoSlowSender(t *testing.T) {
	b := guarded(t, func(l *Limits) { l.Patience, l.MinRate = 50*time.Millisecond, 1<<20 })
	good := *b.backend.Load()
	b.answerWith(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(300 * time.Millisecond):
			good(w, r)
		case <-r.Context().Done():
		}
	})
	req := b.Chat("{}")
	b.served(req, b.send(req))
}

// TestBombs: what is too large is refused, the earlier the better.
func TestBombs(t *testing.T) {
	b := guarded(t, func(l *Limits) { l.Header, l.URL = 8<<10, 1<<10 })
	head := func(format string, args ...any) string {
		c := b.raw(t, fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\n"+format, args...))
		require.NoError(t, c.SetReadDeadline(time.Now().Add(patience)))
		answer := make([]byte, 12)
		_, err := io.ReadFull(c, answer)
		require.NoError(t, err)
		return string(answer[9:])
	}
	require.Equal(t, "431", head("X: %s\r\n\r\n", strings.Repeat("x", 64<<10)))
	require.Equal(t, "413", head("Content-Length: 1000000000\r\n\r\n"), "by its announcement")
	require.Equal(t, "413", head("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s", fits+1, strings.Repeat("x", fits+1)))

	long := factstest.HTTP("{}")
	long.Url += strings.Repeat("x", 1<<10)
	require.Equal(t, http.StatusRequestURITooLong, b.send(b.Sign(b.Request(b.Header(5), b.Suppliers[0], long), b.Gateway)).status)
	wide := factstest.HTTP("{}")
	wide.Header["Content-Type"].Values = make([]string, 0, 4)
	for range 3 {
		wide.Header["Content-Type"].Values = append(wide.Header["Content-Type"].Values, strings.Repeat("x", 2<<10))
	}
	b.now().cfg.Limits.Header = 4 << 10
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, b.send(b.Sign(b.Request(b.Header(5), b.Suppliers[0], wide), b.Gateway)).status)
	require.Zero(t, b.calls.Load())
}

// TestHugeFrame: an HTTP/2 frame above the limit ends the connection.
func TestHugeFrame(t *testing.T) {
	b := guarded(t)
	const settings, data = 4, 0
	frame := func(kind byte, length uint32) string {
		h := binary.BigEndian.AppendUint32(nil, length<<8|uint32(kind))
		return string(append(h, 0, 0, 0, 0, 0))
	}
	c := b.raw(t, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"+frame(settings, 0)+frame(data, 1<<20))
	require.NoError(t, c.SetReadDeadline(time.Now().Add(patience)))
	_, err := io.ReadAll(c)
	require.False(t, err != nil && strings.Contains(err.Error(), "timeout"), "the server ends it")
}

// TestForgedApplications: requests that nobody signed make few questions to the chain, known applications keep theirs.
func TestForgedApplications(t *testing.T) {
	b := guarded(t, func(l *Limits) { l.StrangerQueries, l.SuspectRate = 1, 0 })
	req := b.Chat("{}")
	b.served(req, b.send(req))
	asked, client := b.Asked(factstest.QueryApplication), from(t, enemy)
	for i := range 300 {
		forged := b.Chat("{}")
		header := *forged.Meta.SessionHeader
		header.ApplicationAddress = factstest.Key(t, strconv.Itoa(i)).Address()
		forged.Meta.SessionHeader = &header
		for range 2 {
			require.Contains(t, []int{http.StatusForbidden, http.StatusServiceUnavailable}, b.status(client, bytes.NewReader(encoded(t, forged))))
		}
	}
	const burst = 50
	require.LessOrEqual(t, b.Asked(factstest.QueryApplication)-asked, 2*burst)
	b.block(6)
	req = b.Chat("{}")
	b.served(req, b.send(req))
}

// TestChainIsAway: that is not the gateway's fault, and is not asked with every request.
func TestChainIsAway(t *testing.T) {
	b := guarded(t)
	b.SetDown(true)
	for range 20 {
		require.Equal(t, http.StatusServiceUnavailable, b.send(b.Chat("{}")).status)
	}
	b.SetDown(false)
	require.Eventually(t, func() bool { return b.send(b.Chat("{}")).status == http.StatusOK }, patience, often)
}

// TestOverloadIsRefusedUnread: while more goroutines want a processor than there are, for long, requests are refused
// before their body is read.
func TestOverloadIsRefusedUnread(t *testing.T) {
	b := guarded(t, func(l *Limits) { l.OverloadDelay = time.Microsecond })
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	defer busy.Wait()
	defer stop()
	busy.Go(func() { b.now().guard.overload.Run(ctx) })
	for range 64 * runtime.GOMAXPROCS(0) {
		busy.Go(func() {
			for ctx.Err() == nil {
				runtime.Gosched()
			}
		})
	}
	require.Eventually(t, func() bool {
		got := b.send(b.Chat("{}"))
		return got.status == http.StatusServiceUnavailable && got.header.Get("Retry-After") != "" && strings.Contains(string(got.body), "overloaded")
	}, patience, often)
}

// TestVerifyBusy: when no verification ends, a relay waits for a while and is refused.
func TestVerifyBusy(t *testing.T) {
	b := guarded(t, func(l *Limits) { l.Verifications, l.VerifyWait = 1, 10*time.Millisecond })
	release, err := b.now().guard.checks.Take(t.Context(), true)
	require.NoError(t, err)
	got := b.send(b.Chat("{}"))
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.NotEmpty(t, got.header.Get("Retry-After"))
	release()
	require.Equal(t, http.StatusOK, b.send(b.Chat("{}")).status)
}

// attack is what one hostile client sends, again and again.
type attack func(b *bench, c *http.Client, i int)

func attacks(t testing.TB, b *bench) map[string]attack {
	served := b.Chat("{}")
	b.served(served, b.send(served))
	replayed, stranger := encoded(t, served), factstest.Key(t, "stranger")
	post := func(b *bench, c *http.Client, body []byte) { b.status(c, bytes.NewReader(body)) }
	altered := func(change func(*servicetypes.RelayRequest, int)) attack {
		return func(b *bench, c *http.Client, i int) {
			req, err := decoded(replayed)
			if err == nil {
				change(req, i)
				post(b, c, encoded(t, req))
			}
		}
	}
	return map[string]attack{
		"garbage": func(b *bench, c *http.Client, i int) {
			body := make([]byte, i*97%4096)
			_, _ = rand.Read(body)
			post(b, c, body)
		},
		"bad signatures": altered(func(r *servicetypes.RelayRequest, i int) {
			r.Payload, _ = relay.EncodeHTTPRequest(factstest.HTTP(strconv.Itoa(i)))
		}),
		"forged images": altered(func(r *servicetypes.RelayRequest, i int) {
			binary.BigEndian.PutUint64(r.Meta.Signature[40:], uint64(i))
		}),
		"strangers": func(b *bench, c *http.Client, i int) {
			post(b, c, encoded(t, b.Sign(b.Chat(strconv.Itoa(i)), stranger)))
		},
		"replays": func(b *bench, c *http.Client, _ int) { post(b, c, replayed) },
		"applications": altered(func(r *servicetypes.RelayRequest, i int) {
			header := *r.Meta.SessionHeader
			header.ApplicationAddress = factstest.Key(t, strconv.Itoa(i)).Address()
			r.Meta.SessionHeader = &header
		}),
		"large bodies": func(b *bench, c *http.Client, _ int) { post(b, c, make([]byte, fits+1)) },
		"headers": func(b *bench, c *http.Client, _ int) {
			req, _ := http.NewRequest(http.MethodPost, b.url, nil)
			req.Header.Set("X", strings.Repeat("x", 128<<10))
			if res, err := c.Do(req); err == nil {
				_ = res.Body.Close()
			}
		},
		"slow senders": func(b *bench, _ *http.Client, _ int) {
			if c, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://")); err == nil {
				_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8000\r\n\r\n")
				_ = c.SetReadDeadline(time.Now().Add(patience))
				_, _ = io.Copy(io.Discard, c)
				_ = c.Close()
			}
		},
	}
}

func decoded(raw []byte) (*servicetypes.RelayRequest, error) {
	req := new(servicetypes.RelayRequest)
	return req, req.Unmarshal(raw)
}

// heap is what is in use after a collection, in bytes.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestHostileClients: all attacks at once, again and again; meanwhile every honest relay is served, afterwards no more
// memory is in use than what the guard is allowed to remember.
func TestHostileClients(t *testing.T) {
	b := guarded(t, func(l *Limits) { l.Patience, l.MinRate = 100*time.Millisecond, 1<<20 })
	all := attacks(t, b)
	rounds := func(n int) {
		ctx, stop := context.WithCancel(t.Context())
		var hostile sync.WaitGroup
		for _, a := range all {
			client := from(t, enemy)
			hostile.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					a(b, client, i)
				}
				client.CloseIdleConnections()
			})
		}
		for i := range n {
			req := b.Chat(strconv.Itoa(i))
			got := b.send(req)
			for got.status == http.StatusServiceUnavailable { // told to come again
				got = b.send(req)
			}
			b.served(req, got)
		}
		stop()
		hostile.Wait()
	}
	rounds(50) // pools, caches and connections have their size
	before := heap()
	rounds(400)
	const bound = 24 << 20 // bytes: two generations of invalid signatures, addresses, noes
	require.Less(t, heap()-before, int64(bound))
	require.Equal(t, int32(451), b.calls.Load(), "nothing hostile reached the backend")
}
