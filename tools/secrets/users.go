package secrets

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lodeworks/lode/services/kit/bus"
)

// Streams is the account that has the streams and buckets.
const Streams = "LODE"

// Users is the servers' configuration of accounts, with the public key of each service and of the operator.
func Users(t bus.Topology, keys map[string]string) string {
	all := grants(t)
	var b strings.Builder
	b.WriteString("# Made by `lode secrets make` from schemas/bus. Do not edit: run it again. All keys are public ones.\n")
	b.WriteString("# The streams have an account, and each service has its own, to which what it may use is imported.\naccounts {\n")
	fmt.Fprintf(&b, "  %s {\n    jetstream: enabled\n    users: [ {nkey: %s} ] # %s\n", Streams, keys[Operator], Operator)
	list(&b, "exports", exported(all))
	b.WriteString("  }\n")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		account(&b, name, keys[name], all[name])
	}
	b.WriteString("}\n")
	return b.String()
}

// exported is what the streams' account gives to whom.
func exported(all map[string]*grant) []string {
	to := map[string]set{}
	give := func(export, service string) {
		if to[export] == nil {
			to[export] = set{}
		}
		to[export].add(service)
	}
	for name, g := range all {
		for subject := range g.asks {
			give(fmt.Sprintf("service: %q", subject), name)
		}
		for subject := range g.pulls {
			give(fmt.Sprintf("service: %q, response: stream", subject), name)
		}
		if g.hears {
			give(fmt.Sprintf("stream: %q", inbox(name)), name)
		}
	}
	var lines []string
	for _, export := range slices.Sorted(maps.Keys(to)) {
		lines = append(lines, fmt.Sprintf("{%s, accounts: [%s]}", export, strings.Join(to[export].sorted(), ", ")))
	}
	return lines
}

func inbox(service string) string { return bus.InboxPrefix(service) + ".>" }

// account is a service's own: its user, what is imported for it, and what it answers.
func account(b *strings.Builder, name, key string, g *grant) {
	publish, subscribe := set{}, set{inbox(name): true}
	var imports, exports []string
	use := func(from string, subjects set) {
		for _, subject := range subjects.sorted() {
			imports = append(imports, fmt.Sprintf("{service: {account: %s, subject: %q}}", from, subject))
			publish.add(subject)
		}
	}
	use(Streams, g.asks)
	use(Streams, g.pulls)
	for _, other := range slices.Sorted(maps.Keys(g.calls)) {
		use(other, g.calls[other])
	}
	if g.hears {
		imports = append(imports, fmt.Sprintf("{stream: {account: %s, subject: %q}}", Streams, inbox(name)))
	}
	publish.add(g.local.sorted()...)
	for _, subject := range slices.Sorted(maps.Keys(g.answers)) {
		subscribe.add(subject)
		if asking := g.answers[subject].sorted(); len(asking) > 0 {
			exports = append(exports, fmt.Sprintf("{service: %q, accounts: [%s]}", subject, strings.Join(asking, ", ")))
		}
	}
	fmt.Fprintf(b, "  %s {\n    users: [ {nkey: %s, permissions: {\n", name, key)
	list(b, "  publish: { allow", quoted(publish))
	list(b, "    deny", quoted(g.denies))
	b.WriteString("      }\n")
	list(b, "  subscribe", quoted(subscribe))
	if len(g.answers) > 0 {
		b.WriteString("      allow_responses: {max: 1, expires: \"1m\"}\n")
	}
	b.WriteString("    }} ]\n")
	list(b, "imports", imports)
	list(b, "exports", exports)
	b.WriteString("  }\n")
}

func quoted(subjects set) []string {
	list := subjects.sorted()
	for i, s := range list {
		list[i] = fmt.Sprintf("%q", s)
	}
	return list
}

// list writes a key with an element a line; nothing for none.
func list(b *strings.Builder, key string, elements []string) {
	if len(elements) == 0 {
		return
	}
	fmt.Fprintf(b, "    %s: [\n", key)
	for _, e := range elements {
		fmt.Fprintf(b, "      %s\n", e)
	}
	b.WriteString("    ]\n")
}
