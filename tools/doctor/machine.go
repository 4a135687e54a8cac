package doctor

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

// disk is the file system of a spool.
type disk struct {
	part   string
	folder string
	err    error
	free   uint64 // bytes
	needs  int64  // bytes that the spool may take
}

func lookDisks(parts []Part) (all []disk) {
	for _, p := range parts {
		if p.Spool == "" {
			continue
		}
		d := disk{part: p.Name, folder: p.Spool, needs: p.SpoolMax}
		var st syscall.Statfs_t
		if d.err = syscall.Statfs(p.Spool, &st); d.err == nil {
			d.free = st.Bavail * uint64(st.Bsize)
		}
		all = append(all, d)
	}
	return all
}

func judgeDisks(disks []disk) (all []Finding) {
	for _, d := range disks {
		switch {
		case errors.Is(d.err, os.ErrNotExist):
			all = append(all, warn("disk", d.part, d.folder+" is not on this machine", "run the doctor where the relayer runs"))
		case d.err != nil:
			all = append(all, fail("disk", d.part, fmt.Sprintf("%s: %s", d.folder, d.err), "may the relayer use its spool?"))
		case d.free < uint64(max(d.needs, 0)):
			all = append(all, fail("disk", d.part, fmt.Sprintf("%s has %d bytes free, the spool may take %d", d.folder, d.free, d.needs), "make room, or lower spool.max_bytes: a full disk refuses work while the bus is away"))
		default:
			all = append(all, ok("disk", d.part, "%s has %d bytes free", d.folder, d.free))
		}
	}
	return all
}

// openFiles is how many files a process that is started as this one may open.
func openFiles() (uint64, error) {
	var l syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l)
	return l.Cur, err
}

// judgeFiles compares it with the connections that relayers may have: each may need one more to its backend.
func judgeFiles(limit uint64, parts []Part) (all []Finding) {
	for _, p := range parts {
		if needs := uint64(2 * max(p.Sockets, 0)); needs > 0 && limit < needs {
			all = append(all, warn("files", p.Name, fmt.Sprintf("a process may open %d files here, %d connections may need %d", limit, p.Sockets, needs), "raise it where the relayer is started (ulimit -n, LimitNOFILE), or lower limits.connections"))
		} else if needs > 0 {
			all = append(all, ok("files", p.Name, "%d may be open here", limit))
		}
	}
	return all
}

// expiry is how long a certificate in a file is good for.
type expiry struct {
	file  string
	err   error
	until time.Time
}

func lookCertificates(parts []Part) (all []expiry) {
	seen := map[string]bool{}
	for _, p := range parts {
		files := []string{p.Cert}
		if p.Bus != nil {
			files = append(files, p.Bus.CAFile, p.Bus.CertFile)
		}
		for _, file := range files {
			if file == "" || seen[file] {
				continue
			}
			seen[file] = true
			until, err := firstExpiry(file)
			all = append(all, expiry{file, err, until})
		}
	}
	return all
}

// firstExpiry is when the first certificate of a file ends.
func firstExpiry(file string) (until time.Time, err error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return until, err
	}
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return until, err
		}
		if until.IsZero() || c.NotAfter.Before(until) {
			until = c.NotAfter
		}
	}
	if until.IsZero() {
		return until, errors.New("no certificate in it")
	}
	return until, nil
}

func judgeCertificates(list []expiry, now time.Time) (all []Finding) {
	for _, e := range list {
		if e.err != nil {
			all = append(all, fail("tls", e.file, e.err.Error(), "mend the file"))
		} else {
			all = append(all, judgeExpiry(e.file, e.until, now, "renew it"))
		}
	}
	return all
}

const day = 24 * time.Hour

func judgeExpiry(about string, until, now time.Time, do string) Finding {
	left := until.Sub(now)
	switch text := "good until " + until.UTC().Format(time.DateOnly); {
	case left < 3*day:
		return fail("tls", about, text, do)
	case left < 21*day:
		return warn("tls", about, text, do)
	default:
		return ok("tls", about, "%s", text)
	}
}

// readiness is what a service says of itself.
type readiness struct {
	part, url string
	err       error // nobody listens
	status    int
	body      string
}

func lookReady(ctx context.Context, parts []Part) (all []readiness) {
	for _, p := range parts {
		host, port, err := net.SplitHostPort(p.Observe)
		if err != nil || port == "0" {
			continue
		}
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = "127.0.0.1"
		}
		all = append(all, askReady(ctx, p.Name, "http://"+net.JoinHostPort(host, port)+"/readyz"))
	}
	return all
}

func askReady(ctx context.Context, part, url string) (r readiness) {
	r = readiness{part: part, url: url}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if r.err = err; err != nil {
		return r
	}
	res, err := http.DefaultClient.Do(req)
	if r.err = err; err != nil {
		return r
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(io.LimitReader(res.Body, 2000))
	r.status, r.body = res.StatusCode, strings.TrimSpace(string(raw))
	return r
}

func judgeReady(list []readiness) (all []Finding) {
	for _, r := range list {
		switch {
		case r.err != nil:
			all = append(all, warn("ready", r.part, r.err.Error(), "is it running? If elsewhere, run the doctor there"))
		case r.status != http.StatusOK:
			all = append(all, fail("ready", r.part, r.body, "see failures.md for what it says"))
		default:
			all = append(all, ok("ready", r.part, "%s", r.body))
		}
	}
	return all
}
