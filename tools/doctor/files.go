package doctor

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lodeworks/lode/services/analytics"
	"github.com/lodeworks/lode/services/gateway"
	"github.com/lodeworks/lode/services/hasher"
	"github.com/lodeworks/lode/services/indexer"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/conf"
	"github.com/lodeworks/lode/services/relayer"
	"github.com/lodeworks/lode/services/signing"
	"github.com/lodeworks/lode/services/submitter"
)

// Part is what the doctor wants to know of one service's configuration; nil and empty is what a service has not.
type Part struct {
	Name     string // file without its ending: relayer, submitter-2
	Service  string
	Observe  string // host:port
	Bus      *bus.Config
	Chain    *chain.Config
	Keys     *signing.Config
	Store    *ch.Config
	Spool    string   // folder
	SpoolMax int64    // bytes
	Services []string // that a relayer serves
	Sockets  int      // connections that a relayer may have open
	Cert     string   // certificate of a listener
}

// Files are the configurations of a folder, or the file itself.
func Files(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	files, err := filepath.Glob(filepath.Join(path, "*.yaml"))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s holds no configuration (.yaml)", path)
	}
	return files, err
}

// ReadParts reads configurations as the services do, each by its file's name up to a "-". A file that its service would not
// take is a finding.
func ReadParts(files []string) (parts []Part, findings []Finding) {
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		service, _, _ := strings.Cut(name, "-")
		p, err := read(service, file)
		if err != nil {
			findings = append(findings, fail("config", file, err.Error(), "mend the file"))
			continue
		}
		if p.Service == "" {
			findings = append(findings, warn("config", file, "is of no service that is looked at", "name the file after its service"))
			continue
		}
		p.Name = name
		parts = append(parts, p)
		findings = append(findings, ok("config", file, "valid"))
	}
	return parts, findings
}

// read loads and validates one configuration.
func read(service, file string) (p Part, err error) {
	switch service {
	case "relayer":
		c, err := load(service, relayer.Default(), file)
		return Part{
			Service: service, Observe: c.Observability.Listen, Bus: &c.Bus, Chain: &c.Chain, Keys: &c.Keys, Spool: c.Spool.Dir, SpoolMax: c.Spool.MaxBytes,
			Services: slices.Sorted(maps.Keys(c.Services)), Sockets: c.Limits.Connections, Cert: c.TLS.CertFile,
		}, err
	case "submitter":
		c, err := load(service, submitter.Default(), file)
		c.Keys.File = cmp.Or(c.Keys.File, c.KeysFile)
		return Part{Service: service, Observe: c.Observability.Listen, Bus: &c.Bus, Chain: &c.Chain, Keys: &c.Keys}, err
	case "hasher":
		c, err := load(service, hasher.Default(), file)
		return Part{Service: service, Observe: c.Observability.Listen, Bus: &c.Bus}, err
	case "indexer":
		c, err := load(service, indexer.Default(), file)
		return Part{Service: service, Observe: c.Shell.Listen, Bus: &c.Bus, Chain: &c.Chain}, err
	case "analytics":
		c, err := load(service, analytics.Default(), file)
		return Part{Service: service, Observe: c.Observability.Listen, Bus: &c.Bus, Chain: &c.Chain, Store: &c.ClickHouse}, err
	case "gateway":
		c, err := load(service, gateway.Default(), file)
		return Part{Service: service, Observe: c.Observability.Listen, Chain: &c.Chain}, err
	}
	return p, nil
}

func load[C interface{ Validate() error }](service string, def C, file string) (C, error) {
	cfg, err := conf.Load(service, def, file)
	if err == nil {
		err = cfg.Validate()
	}
	return cfg, err
}
