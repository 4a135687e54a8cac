package doctor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/tools/secrets"
)

// link is one service's way to the bus.
type link struct {
	part   string
	err    error
	server string
	rtt    time.Duration
	until  time.Time // end of the server's certificate; zero: no TLS
}

// lookLinks connects as each service does.
func lookLinks(ctx context.Context, parts []Part) (all []link) {
	for _, p := range parts {
		if p.Bus != nil {
			all = append(all, lookLink(ctx, p))
		}
	}
	return all
}

func lookLink(ctx context.Context, p Part) (l link) {
	l.part = p.Name
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	b, err := bus.Connect(ctx, *p.Bus, p.Service, slog.New(slog.DiscardHandler))
	if l.err = err; err != nil {
		return l
	}
	defer b.Close()
	l.server = b.NC.ConnectedServerName()
	if l.rtt, l.err = b.NC.RTT(); l.err != nil {
		return l
	}
	if state, err := b.NC.TLSConnectionState(); err == nil && len(state.PeerCertificates) > 0 {
		l.until = state.PeerCertificates[0].NotAfter
	}
	return l
}

// slowBus is from what round trip on each relay, which waits for the bus, is slower than it should be.
const slowBus = 50 * time.Millisecond

func judgeLinks(links []link, now time.Time) (all []Finding) {
	for _, l := range links {
		switch {
		case l.err != nil:
			all = append(all, fail("bus", l.part, l.err.Error(), "is the server there (bus.url), and have bus.seed_file and bus.ca_file been made with its users.conf?"))
			continue
		case l.rtt > slowBus:
			all = append(all, warn("bus", l.part, fmt.Sprintf("%s answers after %s", l.server, l.rtt), "bring them nearer: each relay waits for it"))
		default:
			all = append(all, ok("bus", l.part, "let in by %s, %s", l.server, l.rtt.Round(time.Microsecond)))
		}
		if l.until.IsZero() {
			all = append(all, warn("tls", l.part, "the bus has no TLS", "see `lode secrets make`, deploy/nats/server.conf"))
		} else {
			all = append(all, judgeExpiry("server of "+l.part, l.until, now, "run `lode secrets make` again and send the servers SIGHUP"))
		}
	}
	return all
}

// streams is what the operator sees of the bus.
type streams struct {
	err    error // the bus, or the streams' differences
	now    time.Time
	theirs time.Time // the server's clock at that moment
	used   uint64    // bytes of all streams
	limit  int64     // of the account; not positive: none
	each   []streamState
}

type streamState struct {
	name        string
	bytes       uint64
	most        int64 // bytes; not positive: no limit
	replicas    int
	copies      int // that are up to date
	keepsOldest bool
}

// lookStreams asks as the operator; who gave no secrets asks as nobody, which an open server allows.
func lookStreams(ctx context.Context, cfg bus.Config) (s streams) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	b, err := bus.Connect(ctx, cfg, secrets.Operator, slog.New(slog.DiscardHandler))
	if err != nil {
		return streams{err: err}
	}
	defer b.Close()
	declared, err := bus.Declared()
	if err != nil {
		return streams{err: err}
	}
	var names []string
	for _, d := range declared.Streams {
		names = append(names, d.Name)
	}
	s.err = b.Bind(ctx, names...)
	for _, k := range declared.Buckets {
		names = append(names, "KV_"+k.Name)
	}
	if account, err := b.JS.AccountInfo(ctx); err == nil {
		s.used, s.limit = account.Store, account.Limits.MaxStore
	}
	for _, name := range names {
		found, err := b.JS.Stream(ctx, name)
		if err != nil {
			s.err = errors.Join(s.err, fmt.Errorf("stream %s: %w", name, err))
			continue
		}
		info := found.CachedInfo()
		s.now, s.theirs = time.Now(), info.TimeStamp
		s.each = append(s.each, stateOf(info))
	}
	return s
}

func stateOf(info *jetstream.StreamInfo) streamState {
	st := streamState{
		name: info.Config.Name, bytes: info.State.Bytes, most: info.Config.MaxBytes, replicas: info.Config.Replicas, copies: 1,
		keepsOldest: info.Config.Discard == jetstream.DiscardNew,
	}
	if info.Cluster != nil {
		for _, r := range info.Cluster.Replicas {
			if r.Current && !r.Offline {
				st.copies++
			}
		}
	}
	return st
}

// clockApart is how far two clocks may differ: leases of seconds are compared.
const clockApart = 2 * time.Second

func judgeStreams(s streams) (all []Finding) {
	if s.err != nil {
		all = append(all, fail("streams", "", s.err.Error(), "run `lode topology apply`"))
	}
	if apart := s.now.Sub(s.theirs).Abs(); !s.theirs.IsZero() {
		if apart > clockApart {
			all = append(all, fail("clock", "bus", fmt.Sprintf("the server's clock and this machine's differ by %s", apart.Round(time.Millisecond)), "set the clocks (NTP)"))
		} else {
			all = append(all, ok("clock", "bus", "within %s", clockApart))
		}
	}
	if s.limit > 0 {
		all = append(all, full("bus", "jetstream", s.used, s.limit, "raise max_file_store, or find what is not purged"))
	}
	for _, e := range s.each {
		if e.copies < e.replicas {
			all = append(all, warn("streams", e.name, fmt.Sprintf("%d of %d copies are up to date", e.copies, e.replicas), "start the missing server, or wait for it"))
		}
		if e.keepsOldest && e.most > 0 { // others drop the oldest by design
			all = append(all, full("streams", e.name, e.bytes, e.most, "are sessions settled, and do all who must read it? else raise max_bytes"))
		} else {
			all = append(all, ok("streams", e.name, "%d bytes", e.bytes))
		}
	}
	return all
}

// full compares bytes with what there may be.
func full(check, about string, bytes uint64, most int64, do string) Finding {
	text := fmt.Sprintf("%d of %d bytes", bytes, most)
	switch share := float64(bytes) / float64(most); {
	case share >= 0.9:
		return fail(check, about, text, do)
	case share >= 0.7:
		return warn(check, about, text, do)
	default:
		return ok(check, about, "%s", text)
	}
}
