package analytics

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/event"
)

// claimKey is a claim's natural key in events: only the settlement names the session id.
type claimKey struct {
	Supplier         string `ch:"supplier"`
	Application      string `ch:"application"`
	Service          string `ch:"service"`
	SessionEndHeight int64  `ch:"session_end_height"`
}

// origin is where in the chain an event was.
type origin struct {
	Height     int64     `ch:"height"`
	EventIndex uint32    `ch:"event_index"`
	Time       time.Time `ch:"time"`
}

func originOf(part *chainv1.Events, e *chainv1.Event) origin {
	return origin{Height: part.Height, EventIndex: e.Index, Time: instant(part.TimeUnixNano)}
}

// version orders what replaces each other: the later event of the chain wins. A block has fewer than 2^24 events.
func (o origin) version() uint64 { return uint64(o.Height)<<24 | uint64(o.EventIndex&0xffffff) }

// instant is the UTC time of nanoseconds since 1970.
func instant(unixNano int64) time.Time { return time.Unix(0, unixNano).UTC() }

// upperHex prints hashes as a node does.
func upperHex(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

// amounts reads coin strings and remembers the first that is not one.
type amounts struct{ err error }

func (a *amounts) upokt(field, coin string) *big.Int {
	amount, err := event.Upokt(coin)
	return a.keep(field, amount, err)
}

// units reads a plain integer; empty is zero.
func (a *amounts) units(field, digits string) *big.Int {
	if digits == "" {
		return new(big.Int)
	}
	amount, err := event.Units(digits)
	return a.keep(field, amount, err)
}

func (a *amounts) keep(field string, amount *big.Int, err error) *big.Int {
	if err != nil {
		a.err = errors.Join(a.err, fmt.Errorf("%s: %w", field, err))
		return new(big.Int)
	}
	return amount
}
