package secrets_test

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
	pb "google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/tools/secrets"
)

// cluster starts three servers of the shipped configuration on this machine.
func cluster(t *testing.T) (dir string, urls []string) {
	t.Helper()
	dir = t.TempDir()
	require.NoError(t, secrets.Make(dir, []string{"127.0.0.1"}))
	var routes []*url.URL
	ports := freePorts(t, 3)
	for _, port := range ports {
		routes = append(routes, &url.URL{Scheme: "nats", Host: (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}).String()})
	}
	var servers []*server.Server
	for i, name := range []string{"nats-1", "nats-2", "nats-3"} {
		t.Setenv("LODE_NATS_NAME", name)
		opts := shipped(t, "cluster.conf", dir)
		opts.Host, opts.Port, opts.HTTPHost, opts.HTTPPort = "127.0.0.1", -1, "127.0.0.1", -1
		opts.Cluster.Host, opts.Cluster.Port, opts.Routes = "127.0.0.1", ports[i], routes
		opts.StoreDir, opts.NoSigs, opts.NoLog = t.TempDir(), true, true
		s, err := server.NewServer(opts)
		require.NoError(t, err)
		servers = append(servers, s)
		go s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	}
	for _, s := range servers {
		require.True(t, s.ReadyForConnections(30*time.Second))
		urls = append(urls, s.ClientURL())
	}
	return dir, urls
}

func freePorts(t *testing.T, n int) (ports []int) {
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer ln.Close()
		ports = append(ports, ln.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// TestCluster: what crosses accounts crosses servers, too: publishing, a durable consumer, a bucket and its watch, a request.
func TestCluster(t *testing.T) {
	dir, urls := cluster(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	as := func(service string, i int) *bus.Bus {
		b, err := bus.Connect(ctx, secrets.Client(dir, service, urls[i]), service, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		t.Cleanup(b.Close)
		return b
	}
	operator := as(secrets.Operator, 0)
	for operator.Apply(ctx, 3) != nil { // until the servers have found each other
		require.NoError(t, ctx.Err())
	}
	hasher, submitter, analytics := as("hasher", 1), as("submitter", 2), as("analytics", 0)

	sealed := &sessionv1.Sealed{Logged: 5, Mined: 4}
	_, _, err := hasher.Publish(ctx, bus.Message{Subject: bus.SessionSealedSubject("s", "x"), ID: "seal/s/x", Body: sealed})
	require.NoError(t, err)
	for service, b := range map[string]*bus.Bus{"submitter": submitter, "analytics": analytics} {
		hearing, heard := context.WithCancel(ctx)
		err = b.Consume(hearing, bus.Durable{Stream: bus.StreamSessions, Name: service + "-session-sealed", Filters: []string{bus.SessionSealedFilter}}, func(_ context.Context, m bus.Msg) error {
			require.Equal(t, bus.SessionSealedSubject("s", "x"), m.Subject)
			got := new(sessionv1.Sealed)
			require.NoError(t, pb.Unmarshal(m.Data, got))
			require.True(t, pb.Equal(sealed, got))
			heard()
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
	}

	bucket, err := submitter.JS.KeyValue(ctx, bus.BucketObligations)
	require.NoError(t, err)
	_, err = bucket.Put(ctx, "s.x", []byte("owed"))
	require.NoError(t, err)
	watch, err := bucket.WatchAll(ctx)
	require.NoError(t, err)
	require.Equal(t, "owed", string((<-watch.Updates()).Value()))
	require.NoError(t, watch.Stop())

	go func() {
		_ = hasher.Answer(ctx, bus.SessionProveSubject, func(context.Context, []byte) pb.Message { return &sessionv1.ProveReply{Proof: []byte("p")} })
	}()
	reply := new(sessionv1.ProveReply)
	for submitter.Ask(ctx, bus.SessionProveSubject, &sessionv1.ProveRequest{}, reply) != nil { // until the servers know who answers
		require.NoError(t, ctx.Err())
	}
	require.Equal(t, "p", string(reply.Proof))

	_, _, err = submitter.Publish(ctx, bus.Message{Subject: bus.ClaimEndedSubject("s", "x"), ID: "ended/s/x", Body: &claimv1.Changed{}})
	require.NoError(t, err)
	_, found, err := hasher.Last(ctx, bus.StreamClaims, bus.ClaimEndedSubject("s", "x"), new(claimv1.Changed))
	require.NoError(t, err)
	require.True(t, found)
}
