package bench

import (
	"fmt"
	"io"
)

// run is one run of everything.
type run struct {
	Config
	report  report
	figures Figures
}

// Run measures, writes a table to w, and last one line of JSON, [Figures]. It
// tells progress what it is at. It uses all cores but where one is asked for,
// and must be alone in its process: it changes the arithmetic's tier and the
// number of cores in use.
func Run(cfg Config, w, progress io.Writer) error {
	r := run{Config: cfg}
	parts := []struct {
		name string
		do   func() error
	}{
		{"memory of a session", r.memory}, // first, while the process is small
		{"verifying ring signatures", r.verify},
		{"making ring signatures", r.sign},
		{"supplier signatures", r.supplier},
		{"hashing relays", func() error { return onOneCore(r.relays) }},
		{"SHA-256 of many messages", func() error { return onOneCore(r.sha) }},
		{"a trie from relays to proof", func() error { return onOneCore(r.trie) }},
		{"the trie of a session", r.session},
	}
	for _, p := range parts {
		fmt.Fprintln(progress, "measuring:", p.name)
		if err := p.do(); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return r.write(w)
}

func (r *run) write(w io.Writer) error {
	head, err := machine()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\nmedian of %d rounds\n\n", head, r.Rounds)
	if err := r.report.write(w); err != nil {
		return err
	}
	fmt.Fprintln(w)
	return r.figures.write(w)
}
