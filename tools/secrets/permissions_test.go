package secrets_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/tools/secrets"
)

// probe is one thing that a thief tries.
type probe struct {
	what    string // for a person
	subject string
	body    string
	hear    bool     // subscribe to the subject, else send to it
	may     []string // services that may do it
}

// anyone are names in place of the tokens of patterns.
var anyone = strings.NewReplacer("{supplier}", "pokt1s", "{session}", "abc", "{partition}", "7", "{end_height}", "60", "{module}", "proof",
	"{hasher}", "h1", "{noun}", "relays")

// TestPermissions: with a stolen key a service may do what schemas/bus says of it and nothing else, on a server that runs under
// the users.conf that we make. What may be done is told here from the declarations anew, an action at a time, and by nothing
// that made the permissions.
func TestPermissions(t *testing.T) {
	d := deploy(t, nil)
	declared, err := bus.Declared()
	require.NoError(t, err)
	services := secrets.Services(declared)
	var probes []probe
	for _, s := range declared.Streams {
		makeDurables(t, d, s)
		probes = append(probes, streamProbes(s, services)...)
	}
	for _, k := range declared.Buckets {
		probes = append(probes, bucketProbes(k)...)
	}
	for _, r := range declared.Requests {
		answer(t, d, r)
		probes = append(probes, requestProbes(r)...)
	}
	probes = append(probes, otherProbes(declared, services)...)
	refused := 0
	for _, service := range services {
		th := d.steal(t, service)
		for _, p := range probes {
			want := slices.Contains(p.may, service)
			var got bool
			if p.hear {
				got = th.mayHear(p.subject)
			} else {
				got = th.may(p.subject, p.body)
			}
			require.Equal(t, want, got, "%s: may %s (%s)?", service, p.what, p.subject)
			if !want {
				refused++
			}
		}
	}
	t.Logf("%d services, %d actions each, %d refused", len(services), len(probes), refused)
	require.Greater(t, refused, len(probes))
}

// makeDurables are the consumers of those who hear the stream, under the names that services use.
func makeDurables(t *testing.T, d deployment, s bus.Stream) {
	for _, sub := range s.Subjects {
		for _, name := range sub.Hears {
			b := d.as(t, name)
			durable := name + "-" + strings.ReplaceAll(sub.Name, ".", "-")
			answered, err := b.NC.Request(createSubject(s.Name, durable, bus.Wildcard(sub.Pattern)), []byte(create(s.Name, durable, bus.Wildcard(sub.Pattern), true)), 10*time.Second)
			require.NoError(t, err)
			require.NotContains(t, string(answered.Data), "error")
		}
	}
}

// streamProbes are what can be done to a stream.
func streamProbes(s bus.Stream, services []string) (all []probe) {
	try := func(what, subject, body string, may []string) {
		all = append(all, probe{what: what + " " + s.Name, subject: subject, body: body, may: may})
	}
	role := map[string]bool{} // has anything to do with it
	folds := map[string]int{} // subjects that it replays
	for i, sub := range s.Subjects {
		filter := bus.Wildcard(sub.Pattern)
		for _, name := range slices.Concat(sub.Says, sub.Hears, sub.Folds, sub.Reads) {
			role[name] = true
		}
		for _, name := range sub.Folds {
			folds[name]++
		}
		if strings.Contains(sub.Pattern, "{service}") {
			for _, name := range services {
				if slices.Contains(sub.Says, name) {
					try("say", anyone.Replace(strings.ReplaceAll(sub.Pattern, "{service}", name)), "", []string{name})
				}
			}
		} else {
			try("say", anyone.Replace(sub.Pattern), "", sub.Says)
		}
		all = append(all, probe{what: "overhear", subject: filter, hear: true})
		try("look up", "$JS.API.DIRECT.GET."+s.Name+"."+anyone.Replace(strings.ReplaceAll(sub.Pattern, "{service}", "x")), "", slices.Concat(sub.Folds, sub.Reads))
		try("replay", createSubject(s.Name, fmt.Sprint("any", i), filter), create(s.Name, fmt.Sprint("any", i), filter, false), sub.Folds)
		for _, name := range sub.Hears {
			durable := name + "-" + strings.ReplaceAll(sub.Name, ".", "-")
			only := []string{name}
			try("change the consumer "+durable+" of", createSubject(s.Name, durable, filter), create(s.Name, durable, filter, true), only)
			try("widen the consumer "+durable+" of", "$JS.API.CONSUMER.CREATE."+s.Name+"."+durable, create(s.Name, durable, "", true), nil)
			try("ask about the consumer "+durable+" of", "$JS.API.CONSUMER.INFO."+s.Name+"."+durable, "", only)
			try("take from the consumer "+durable+" of", "$JS.API.CONSUMER.MSG.NEXT."+s.Name+"."+durable, `{"batch":1,"no_wait":true}`, only)
			try("remove the consumer "+durable+" of", "$JS.API.CONSUMER.DELETE."+s.Name+"."+durable, "", nil)
			try("pause the consumer "+durable+" of", "$JS.API.CONSUMER.PAUSE."+s.Name+"."+durable, `{}`, nil)
			try("reset the consumer "+durable+" of", "$JS.API.CONSUMER.RESET."+s.Name+"."+durable, "", nil)
			all = append(all, probe{what: "acknowledge for " + durable, subject: "$JS.ACK." + s.Name + "." + durable + ".1.1.1.1.0", body: "+WPI", may: only})
		}
	}
	var whole, any []string
	for name := range role {
		any = append(any, name)
		if folds[name] == len(s.Subjects) {
			whole = append(whole, name)
		}
	}
	try("ask about", "$JS.API.STREAM.INFO."+s.Name, "", any)
	try("look up by sequence in", "$JS.API.DIRECT.GET."+s.Name, `{"seq":1}`, whole)
	try("replay all of", "$JS.API.CONSUMER.CREATE."+s.Name+".all", create(s.Name, "all", "", false), whole)
	try("purge", "$JS.API.STREAM.PURGE."+s.Name, `{"filter":"none"}`, s.Purges)
	try("list consumers of", "$JS.API.CONSUMER.LIST."+s.Name, `{}`, s.Purges)
	for _, verb := range []string{"STREAM.CREATE", "STREAM.UPDATE", "STREAM.DELETE", "STREAM.MSG.GET", "STREAM.MSG.DELETE", "STREAM.SNAPSHOT", "STREAM.RESTORE", "CONSUMER.NAMES", "CONSUMER.CREATE"} {
		try(strings.ToLower(verb), "$JS.API."+verb+"."+s.Name, "{}", nil)
	}
	return all
}

// bucketProbes are what can be done to a bucket: all by who writes it, but for removing it.
func bucketProbes(k bus.Bucket) (all []probe) {
	try := func(what, subject, body string, may []string) {
		all = append(all, probe{what: what + " " + k.Name, subject: subject, body: body, may: may})
	}
	stream, filter, users := "KV_"+k.Name, "$KV."+k.Name+".>", slices.Concat(k.Writes, k.Reads)
	try("write to", "$KV."+k.Name+".a.b", "x", k.Writes)
	try("read from", "$JS.API.DIRECT.GET."+stream+".$KV."+k.Name+".a.b", "", users)
	try("watch", createSubject(stream, "any", filter), create(stream, "any", filter, false), users)
	try("ask about", "$JS.API.STREAM.INFO."+stream, "", users)
	try("purge", "$JS.API.STREAM.PURGE."+stream, `{"filter":"none"}`, k.Purges)
	for _, verb := range []string{"STREAM.CREATE", "STREAM.UPDATE", "STREAM.DELETE", "STREAM.MSG.GET", "STREAM.MSG.DELETE", "CONSUMER.LIST", "CONSUMER.NAMES", "CONSUMER.CREATE"} {
		try(strings.ToLower(verb), "$JS.API."+verb+"."+stream, "{}", nil)
	}
	return append(all, probe{what: "overhear", subject: filter, hear: true})
}

// answer has those who answer a request do so.
func answer(t *testing.T, d deployment, r bus.Request) {
	for _, name := range r.Answers {
		b := d.as(t, name)
		_, err := b.NC.Subscribe(bus.Wildcard(r.Pattern), func(m *nats.Msg) { _ = m.Respond([]byte("here")) })
		require.NoError(t, err)
		require.NoError(t, b.NC.Flush())
	}
}

func requestProbes(r bus.Request) []probe {
	return []probe{
		{what: "ask", subject: anyone.Replace(r.Pattern), may: r.Asks},
		{what: "answer", subject: bus.Wildcard(r.Pattern), hear: true, may: r.Answers},
	}
}

// otherProbes are of no stream.
func otherProbes(t bus.Topology, services []string) []probe {
	all := []probe{
		{what: "ask how JetStream is", subject: "$JS.API.INFO", may: services},
		{what: "list streams", subject: "$JS.API.STREAM.NAMES"},
		{what: "list streams", subject: "$JS.API.STREAM.LIST"},
		{what: "make a stream", subject: "$JS.API.STREAM.CREATE.X", body: `{"name":"X","subjects":["x"]}`},
		{what: "ask the system", subject: "$SYS.REQ.SERVER.PING"},
	}
	for _, subject := range []string{">", "*", "lode.>", "_INBOX.>", "$JS.>", "$KV.>", "$SYS.>", "_R_.>", "_GR_.>"} {
		all = append(all, probe{what: "hear", subject: subject, hear: true})
	}
	for _, s := range append(slices.Clone(services), secrets.Operator) {
		all = append(all, probe{what: "hear replies to " + s, subject: "_INBOX_" + s + ".>", hear: true, may: []string{s}},
			probe{what: "send replies to " + s, subject: "_INBOX_" + s + ".x"})
	}
	for _, stream := range t.Streams {
		all = append(all, probe{what: "make a mirror of " + stream.Name, subject: "$JS.API.STREAM.CREATE.M", body: fmt.Sprintf(`{"name":"M","mirror":{"name":%q}}`, stream.Name)})
	}
	return all
}

func createSubject(stream, name, filter string) string {
	return "$JS.API.CONSUMER.CREATE." + stream + "." + name + "." + filter
}

// create is the body of a request for a consumer.
func create(stream, name, filter string, durable bool) string {
	more := `"ack_policy":"none","mem_storage":true`
	if durable {
		more = fmt.Sprintf(`"ack_policy":"explicit","durable_name":%q`, name)
	}
	if filter != "" {
		more += fmt.Sprintf(`,"filter_subject":%q`, filter)
	}
	return fmt.Sprintf(`{"stream_name":%q,"config":{"name":%q,%s}}`, stream, name, more)
}
