package relayer

import (
	"net"
	"net/http"
	"time"

	"github.com/lodeworks/lode/services/relayer/admission"
)

// server is how connections are served. It has no ReadTimeout: that would end a relay whose model server takes longer;
// each body has its own deadline instead.
func (s *Relayer) server() *http.Server {
	l := s.now().cfg.Limits
	return &http.Server{
		Handler: s, Protocols: protocols(), ConnContext: withPeer, TLSConfig: s.tls,
		ReadHeaderTimeout: l.Patience, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: l.Header,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: l.Streams, MaxReadFrameSize: 64 << 10,
			MaxReceiveBufferPerConnection: 1 << 20, MaxReceiveBufferPerStream: 256 << 10,
		},
	}
}

// bound limits how many connections there are, and how slowly a response is taken.
func (s *Relayer) bound(ln net.Listener) net.Listener {
	bounds := func() admission.Bounds {
		l := s.now().cfg.Limits
		return admission.Bounds{Total: l.Connections, Each: l.AddressConnections, Patience: l.Patience, Rate: l.MinRate}
	}
	return admission.NewListener(ln, bounds, s.metrics.refused.WithLabelValues("connections").Inc)
}

// largestBody is the largest limit of any service, in bytes.
func largestBody(cfg Config) int64 {
	largest := cfg.MaxBody
	for _, service := range cfg.Services {
		largest = max(largest, service.MaxBody)
	}
	return largest
}
