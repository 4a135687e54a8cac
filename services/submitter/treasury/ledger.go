package treasury

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/math"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// ErrLost is returned when another submitter has stored a payment first.
var ErrLost = errors.New("another submitter was first")

// Ledger is what one treasury account has paid.
type Ledger struct {
	Bucket  jetstream.KeyValue
	Account string
}

// Page is the ledger as it was read.
type Page struct {
	*claimv1.Treasury
	revision uint64 // 0: there is none yet
}

// Read returns what is stored.
func (l Ledger) Read(ctx context.Context) (Page, error) {
	p := Page{Treasury: new(claimv1.Treasury)}
	entry, err := l.Bucket.Get(ctx, l.Account)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("read treasury: %w", err)
	}
	p.revision = entry.Revision()
	if err := proto.Unmarshal(entry.Value(), p.Treasury); err != nil {
		return p, fmt.Errorf("decode treasury: %w", err)
	}
	return p, nil
}

// ToppedUp is what operators were given on a day.
func (p Page) ToppedUp(day int64) (math.Int, error) {
	if p.Day != day || p.ToppedUpUpokt == "" {
		return math.ZeroInt(), nil
	}
	n, ok := math.NewIntFromString(p.ToppedUpUpokt)
	if !ok || n.IsNegative() {
		return n, fmt.Errorf("treasury was left with %.100q topped up", p.ToppedUpUpokt)
	}
	return n, nil
}

// Pay stores a payment that is about to be sent on a day. It fails with ErrLost when the page is not the newest.
func (l Ledger) Pay(ctx context.Context, p Page, day int64, payment *claimv1.Payment, upokt math.Int) error {
	before, err := p.ToppedUp(day)
	if err != nil {
		return err
	}
	payment.Upokt = upokt.String()
	raw, err := proto.Marshal(&claimv1.Treasury{Day: day, ToppedUpUpokt: before.Add(upokt).String(), Payment: payment})
	if err != nil {
		return fmt.Errorf("encode treasury: %w", err)
	}
	if p.revision == 0 {
		_, err = l.Bucket.Create(ctx, l.Account, raw)
	} else {
		_, err = l.Bucket.Update(ctx, l.Account, raw, p.revision)
	}
	if bus.IsConflict(err) {
		return ErrLost
	}
	if err != nil {
		return fmt.Errorf("store payment: %w", err)
	}
	return nil
}
