package relayer

import (
	"fmt"
	"time"
)

// Limits bound what those can make the relayer do whom it does not know. Of counts and rates 0 is no limit.
type Limits struct {
	OverloadDelay time.Duration `koanf:"overload_delay"` // nine in ten waits for a processor are kept below this: else a share of the requests is refused at once, with 503; 0: never

	Verifications int           `koanf:"verifications"` // signatures verified at a time, of unknown signers a quarter of it; 0: four for each processor
	VerifyQueue   int           `koanf:"verify_queue"`  // relays of known signers that wait for that, and as many of unknown ones
	VerifyWait    time.Duration `koanf:"verify_wait"`   // for how long they wait, before 503

	ApplicationRate  float64 `koanf:"application_rate"`  // relays a second of one application
	ApplicationBurst int     `koanf:"application_burst"` // of them at once; 0: those of two seconds
	GatewayRate      float64 `koanf:"gateway_rate"`      // relays a second of one signer, who is known by its key image
	GatewayBurst     int     `koanf:"gateway_burst"`     // of them at once; 0: those of two seconds
	SuspectRate      float64 `koanf:"suspect_rate"`      // forged relays a second from one address (IPv4, or 64 bits of IPv6); beyond that, and a burst of two seconds, only known signers are verified there

	ChainQueries    int     `koanf:"chain_queries"`    // questions to the chain at a time, a quarter of it for applications that never sent a valid relay
	StrangerQueries float64 `koanf:"stranger_queries"` // questions a second for such applications; a new one needs about ten

	Replays int `koanf:"replays"` // relays served last that are known when they come again, and refused with 409; about 20 bytes each

	Connections        int           `koanf:"connections"`         // at a time
	AddressConnections int           `koanf:"address_connections"` // at a time from one address
	Streams            int           `koanf:"streams"`             // requests at a time of one HTTP/2 connection
	Header             int           `koanf:"header"`              // bytes of a request's header, and of the header inside a relay
	URL                int           `koanf:"url"`                 // bytes of the URL inside a relay
	Patience           time.Duration `koanf:"patience"`            // within which a header must have come, and a body begun; on top of min_rate
	MinRate            int64         `koanf:"min_rate"`            // bytes a second that a body must come with, and a response be taken with
}

func defaultLimits() Limits {
	return Limits{
		OverloadDelay: 10 * time.Millisecond,
		VerifyQueue:   256, VerifyWait: 50 * time.Millisecond,
		SuspectRate: 100, ChainQueries: 16, StrangerQueries: 100,
		Replays:     2_000_000,
		Connections: 20_000, Streams: 1000, Header: 64 << 10, URL: 16 << 10,
		Patience: 10 * time.Second, MinRate: 16 << 10,
	}
}

// faults names what is wrong, with the key's path.
func (l Limits) faults() (errs []error) {
	for key, v := range map[string]float64{
		"overload_delay": float64(l.OverloadDelay), "verifications": float64(l.Verifications), "verify_queue": float64(l.VerifyQueue),
		"verify_wait": float64(l.VerifyWait), "application_rate": l.ApplicationRate, "application_burst": float64(l.ApplicationBurst),
		"gateway_rate": l.GatewayRate, "gateway_burst": float64(l.GatewayBurst), "suspect_rate": l.SuspectRate,
		"stranger_queries": l.StrangerQueries, "replays": float64(l.Replays), "connections": float64(l.Connections),
		"address_connections": float64(l.AddressConnections),
	} {
		if v < 0 {
			errs = append(errs, fmt.Errorf("limits.%s: must not be negative", key))
		}
	}
	for key, v := range map[string]int64{
		"chain_queries": int64(l.ChainQueries), "streams": int64(l.Streams), "header": int64(l.Header), "url": int64(l.URL),
		"patience": int64(l.Patience), "min_rate": l.MinRate,
	} {
		if v <= 0 {
			errs = append(errs, fmt.Errorf("limits.%s: must be positive", key))
		}
	}
	return errs
}
