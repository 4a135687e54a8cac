package secrets_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/tools/secrets"
)

// deployment is a secured server with the declared streams.
type deployment struct {
	dir, url string
	operator *bus.Bus
}

// deploy starts one; change, when not nil, makes of users.conf what the server reads.
func deploy(t *testing.T, change func(string) string) deployment {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, secrets.Make(dir, []string{"127.0.0.1", "localhost"}))
	if change != nil {
		file := filepath.Join(dir, secrets.UsersFile)
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, []byte(change(string(raw))), 0o600))
	}
	s, err := bus.EmbeddedSecured(t.TempDir(), -1, secrets.Door(dir))
	require.NoError(t, err)
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	d := deployment{dir: dir, url: s.ClientURL()}
	d.operator = d.as(t, secrets.Operator)
	require.NoError(t, d.operator.Apply(t.Context(), 1))
	return d
}

// as connects as the service does.
func (d deployment) as(t *testing.T, service string) *bus.Bus {
	t.Helper()
	cfg := secrets.Client(d.dir, service, d.url)
	require.NoError(t, cfg.Validate())
	b, err := bus.Connect(t.Context(), cfg, service, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(b.Close)
	return b
}

// withoutPermissions takes the permissions off all users: what is left is what the accounts keep apart.
func withoutPermissions(conf string) string {
	return regexp.MustCompile(`(?s), permissions: \{.*?\n    \}\} \]`).ReplaceAllString(conf, "} ]")
}

// thief has a service's key and a client of its own.
type thief struct {
	t  *testing.T
	nc *nats.Conn
}

func (d deployment) steal(t *testing.T, service string) *thief {
	t.Helper()
	th := &thief{t: t}
	seed, err := nats.NkeyOptionFromSeed(filepath.Join(d.dir, secrets.SeedFile(service)))
	require.NoError(t, err)
	th.nc, err = nats.Connect(d.url, seed, nats.RootCAs(filepath.Join(d.dir, secrets.CAFile)), nats.CustomInboxPrefix(bus.InboxPrefix(service)),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	require.NoError(t, err)
	t.Cleanup(th.nc.Close)
	return th
}

// refused returns whether the server has refused to publish or subscribe ("Publish", "Subscription") to a subject.
func (th *thief) refused(what, subject string, do func()) bool {
	do()
	require.NoError(th.t, th.nc.Flush()) // it has answered all that came before
	err := th.nc.LastError()
	return errors.Is(err, nats.ErrPermissionViolation) && strings.Contains(err.Error(), fmt.Sprintf("%s to %q", what, subject))
}

// may sends a request and returns whether it is let through. What is let through is answered by the server itself.
func (th *thief) may(subject, body string) bool {
	replies := make(chan *nats.Msg, 1)
	inbox := th.nc.NewInbox()
	sub, err := th.nc.ChanSubscribe(inbox, replies)
	require.NoError(th.t, err)
	defer func() { _ = sub.Unsubscribe() }()
	if th.refused("Publish", subject, func() { require.NoError(th.t, th.nc.PublishRequest(subject, inbox, []byte(body))) }) {
		return false
	}
	select {
	case m := <-replies:
		return m.Header.Get("Status") != "503" // no responders
	case <-time.After(5 * time.Second):
		require.Fail(th.t, "let through and not answered", "%s %s", th.nc.Opts.InboxPrefix, subject)
		return false
	}
}

// mayHear returns whether a subscription is let through.
func (th *thief) mayHear(subject string) bool {
	return !th.refused("Subscription", subject, func() {
		_, err := th.nc.Subscribe(subject, func(*nats.Msg) {})
		require.NoError(th.t, err)
	})
}

// stored is what a stream holds, by subject.
func (d deployment) stored(t *testing.T, stream string) map[string]uint64 {
	t.Helper()
	held, err := d.operator.Subjects(t.Context(), stream, ">")
	require.NoError(t, err)
	return held
}

// TestStrangers: what is no user's key is let in by nobody, nor is who has none.
func TestStrangers(t *testing.T) {
	d := deploy(t, nil)
	ca := nats.RootCAs(filepath.Join(d.dir, secrets.CAFile))
	_, err := nats.Connect(d.url, ca)
	require.ErrorIs(t, err, nats.ErrAuthorization)
	pair, err := nkeys.CreateUser()
	require.NoError(t, err)
	key, err := pair.PublicKey()
	require.NoError(t, err)
	_, err = nats.Connect(d.url, ca, nats.Nkey(key, pair.Sign))
	require.ErrorIs(t, err, nats.ErrAuthorization)
	seed, err := nats.NkeyOptionFromSeed(filepath.Join(d.dir, secrets.SeedFile("relayer")))
	require.NoError(t, err)
	_, err = nats.Connect(d.url, seed)
	require.ErrorContains(t, err, "certificate signed by unknown authority")
	plain, err := nats.Connect(strings.Replace(d.url, "tls://", "nats://", 1), seed)
	if err == nil {
		plain.Close()
	}
	require.Error(t, err, "never without TLS")
}

// TestDelegates: the ways around permissions that end at the account's border. The server acts for the thief, where the thief
// may not: it sends replies where a request says, and pushes what a consumer reads.
func TestDelegates(t *testing.T) {
	for name, change := range map[string]func(string) string{"as made": nil, "accounts alone": withoutPermissions} {
		t.Run(name, func(t *testing.T) {
			d := deploy(t, change)
			th := d.steal(t, "relayer")
			require.True(t, th.may("$KV.lode_meter.a.b", "forged"), "its own bucket")
			aims := []string{bus.SessionSealedSubject("s", "x"), bus.BlockCommittedSubject, bus.ClaimEndedSubject("s", "x"), bus.FoldCommittedSubject("1"), "$KV.lode_obligations.a.b"}
			for i, aim := range aims {
				send := func(subject, body string) {
					require.NoError(t, th.nc.PublishRequest(subject, aim, []byte(body)))
				}
				require.True(t, th.may(fmt.Sprintf("$JS.API.CONSUMER.CREATE.KV_lode_meter.pull%d.$KV.lode_meter.>", i),
					fmt.Sprintf(`{"stream_name":"KV_lode_meter","config":{"name":"pull%d","filter_subject":"$KV.lode_meter.>","ack_policy":"none","mem_storage":true}}`, i)))
				require.True(t, th.may(fmt.Sprintf("$JS.API.CONSUMER.CREATE.KV_lode_meter.push%d.$KV.lode_meter.>", i),
					fmt.Sprintf(`{"stream_name":"KV_lode_meter","config":{"name":"push%d","filter_subject":"$KV.lode_meter.>","deliver_subject":%q,"ack_policy":"none","mem_storage":true}}`, i, aim)))
				send("$JS.API.DIRECT.GET.KV_lode_meter.$KV.lode_meter.a.b", "")
				send("$JS.API.INFO", "")
				send("$JS.API.STREAM.INFO.RELAYS", "")
				send(fmt.Sprintf("$JS.API.CONSUMER.MSG.NEXT.KV_lode_meter.pull%d", i), `{"batch":1}`)
				send("$KV.lode_meter.c.d", "forged")
				send("lode.relay.served.1.5", "forged")
				require.Equal(t, change == nil, th.refused("Publish", aim, func() { require.NoError(t, th.nc.Publish(aim, []byte("forged"))) }))
			}
			require.NoError(t, th.nc.Flush())
			require.True(t, th.may("$KV.lode_meter.a.b", "again"), "all before is done")
			for _, stream := range []string{bus.StreamSessions, bus.StreamChain, bus.StreamClaims, bus.StreamFolds, "KV_lode_obligations"} {
				require.Empty(t, d.stored(t, stream), stream)
			}
		})
	}
}
