package secrets

import (
	"maps"
	"slices"
	"strings"

	"github.com/lodeworks/lode/services/kit/bus"
)

// grant is all that one service may do. It is in an account of its own: what it asks of the streams goes to their
// account by name, and the answers come back to it and to nobody else.
type grant struct {
	asks    set // subjects of the streams' account with one answer: publish, acknowledge, API
	pulls   set // the same with many answers
	denies  set // what a pattern of the above would allow
	hears   bool
	calls   map[string]set // other services' accounts → subjects that they answer
	answers map[string]set // subject → services that ask
	local   set            // what replicas ask each other
}

// set is of subjects or names.
type set map[string]bool

func (s set) add(all ...string) {
	for _, v := range all {
		s[v] = true
	}
}

func (s set) sorted() []string { return slices.Sorted(maps.Keys(s)) }

func newGrant() *grant {
	g := &grant{asks: set{}, pulls: set{}, denies: set{}, calls: map[string]set{}, answers: map[string]set{}, local: set{}}
	g.asks.add(api + "INFO")
	return g
}

const api = "$JS.API."

// Services names all that schemas/bus knows, in order.
func Services(t bus.Topology) []string { return slices.Sorted(maps.Keys(grants(t))) }

// grants derives what each service may do from what is declared of it.
func grants(t bus.Topology) map[string]*grant {
	all := map[string]*grant{}
	of := func(service string) *grant {
		if all[service] == nil {
			all[service] = newGrant()
		}
		return all[service]
	}
	for _, s := range t.Streams {
		grantStream(s, of)
	}
	for _, k := range t.Buckets {
		for _, name := range k.Writes {
			of(name).bucket(k.Name)
			of(name).asks.add("$KV." + k.Name + ".>")
		}
		for _, name := range k.Reads {
			of(name).bucket(k.Name)
		}
		for _, name := range k.Purges {
			of(name).asks.add(api + "STREAM.PURGE.KV_" + k.Name)
		}
	}
	for _, r := range t.Requests {
		grantRequest(r, of)
	}
	return all
}

func grantStream(s bus.Stream, of func(string) *grant) {
	folded := map[string]int{} // service → subjects of the stream that it replays
	for _, sub := range s.Subjects {
		filter := bus.Wildcard(sub.Pattern)
		for _, name := range sub.Says {
			of(name).asks.add(bus.Wildcard(strings.ReplaceAll(sub.Pattern, "{service}", name)), api+"STREAM.INFO."+s.Name)
		}
		for _, name := range sub.Hears {
			of(name).durable(s.Name, bus.DurableName(name, sub.Name), filter)
		}
		for _, name := range sub.Folds {
			folded[name]++
			of(name).replay(s.Name, filter)
			of(name).lookUp(s.Name, filter)
		}
		for _, name := range sub.Reads {
			of(name).lookUp(s.Name, filter)
		}
	}
	for name, n := range folded {
		if n == len(s.Subjects) { // all of the stream is its own to read: by sequence, and by several filters at once
			of(name).asks.add(api+"DIRECT.GET."+s.Name, api+"CONSUMER.CREATE."+s.Name+".*")
		}
		of(name).leaveAlone(s, name)
	}
	for _, name := range s.Purges {
		of(name).asks.add(api+"STREAM.PURGE."+s.Name, api+"CONSUMER.LIST."+s.Name) // not before others have read it
	}
}

func (g *grant) lookUp(stream, filter string) {
	g.asks.add(api+"STREAM.INFO."+stream, api+"DIRECT.GET."+stream+"."+filter)
}

// durable is a consumer that survives its process, by its name only.
func (g *grant) durable(stream, name, filter string) {
	g.asks.add(api+"STREAM.INFO."+stream, api+"CONSUMER.CREATE."+stream+"."+name+"."+filter, api+"CONSUMER.INFO."+stream+"."+name,
		"$JS.ACK."+stream+"."+name+".>")
	g.pulls.add(api + "CONSUMER.MSG.NEXT." + stream + "." + name)
}

// replay is a consumer of any name, without acknowledgements.
func (g *grant) replay(stream, filter string) {
	g.asks.add(api+"STREAM.INFO."+stream, api+"CONSUMER.CREATE."+stream+".*."+filter, api+"CONSUMER.INFO."+stream+".*", api+"CONSUMER.DELETE."+stream+".*")
	g.pulls.add(api + "CONSUMER.MSG.NEXT." + stream + ".*")
}

// leaveAlone keeps who may name a consumer as it likes from those of others, and from removing its own position.
func (g *grant) leaveAlone(s bus.Stream, self string) {
	for _, sub := range s.Subjects {
		for _, name := range sub.Hears {
			durable := s.Name + "." + bus.DurableName(name, sub.Name)
			if name == self {
				g.denies.add(api + "CONSUMER.DELETE." + durable)
				continue
			}
			g.denies.add(api+"CONSUMER.*."+durable, api+"CONSUMER.*."+durable+".>", api+"CONSUMER.MSG.NEXT."+durable)
		}
	}
}

// bucket is reading and watching one; a watch is delivered to the service's inbox.
func (g *grant) bucket(name string) {
	stream, filter := "KV_"+name, "$KV."+name+".>"
	g.lookUp(stream, filter)
	g.replay(stream, filter)
	g.asks.add("$JS.FC." + stream + ".>")
	g.hears = true
}

func grantRequest(r bus.Request, of func(string) *grant) {
	subject := bus.Wildcard(r.Pattern)
	for _, answering := range r.Answers {
		asking := set{}
		for _, name := range r.Asks {
			if name == answering {
				of(name).local.add(subject)
				continue
			}
			asking.add(name)
			if of(name).calls[answering] == nil {
				of(name).calls[answering] = set{}
			}
			of(name).calls[answering].add(subject)
		}
		of(answering).answers[subject] = asking
	}
}
