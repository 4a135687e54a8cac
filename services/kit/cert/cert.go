// Package cert serves TLS with a certificate that may be renewed while it is in use: the files are looked at again with
// new connections, at most once a second, and read when they have changed. Files that do not fit together yet, as in the
// middle of a renewal, change nothing.
package cert

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Config names the files; both empty is no TLS.
type Config struct {
	CertFile string `koanf:"cert_file"` // PEM, the server's certificate first; empty: no TLS
	KeyFile  string `koanf:"key_file"`  // PEM
}

// Validate tells whether one file lacks the other.
func (c Config) Validate() error {
	if (c.CertFile == "") != (c.KeyFile == "") {
		return errors.New("tls: cert_file and key_file: both or none")
	}
	return nil
}

// Expiry is until when the certificate in the file is valid, in seconds since 1970; 0 without TLS, or if it cannot be read.
func (c Config) Expiry() float64 {
	if c.CertFile == "" {
		return 0
	}
	pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
	if err != nil {
		return 0
	}
	return float64(pair.Leaf.NotAfter.Unix())
}

// Server returns the configuration of a TLS 1.2 or 1.3 server for HTTP/2 and HTTP/1.1, or nil without files. It fails if
// the files cannot be used now.
func (c Config) Server(log *slog.Logger) (*tls.Config, error) {
	if c.CertFile == "" {
		return nil, nil
	}
	k := &keeper{cfg: c, log: log, now: time.Now}
	if err := k.load(); err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: k.certificate, NextProtos: []string{"h2", "http/1.1"}}, nil
}

// keeper holds the certificate that was read last.
type keeper struct {
	cfg Config
	log *slog.Logger
	now func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	seen    [2]stamp // of the files that current was read from
	looked  time.Time
}

// stamp tells whether a file has changed.
type stamp struct {
	modified time.Time
	size     int64
}

// lookEvery bounds how often the files are looked at.
const lookEvery = time.Second

func (k *keeper) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.now(); now.Sub(k.looked) >= lookEvery {
		k.looked = now
		if stamps, err := k.stamps(); err != nil || stamps != k.seen {
			k.reload()
		}
	}
	return k.current, nil
}

func (k *keeper) reload() {
	if err := k.load(); err != nil {
		k.log.Error("the renewed certificate cannot be used; the one that was there stays", "err", err)
		return
	}
	k.log.Info("certificate renewed", "file", k.cfg.CertFile)
}

// load reads both files. The stamps are taken first: a change in between is seen the next time.
func (k *keeper) load() error {
	stamps, err := k.stamps()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(k.cfg.CertFile, k.cfg.KeyFile)
	if err != nil {
		return err
	}
	k.current, k.seen = &pair, stamps
	return nil
}

func (k *keeper) stamps() (s [2]stamp, err error) {
	for i, file := range []string{k.cfg.CertFile, k.cfg.KeyFile} {
		info, err := os.Stat(file)
		if err != nil {
			return s, err
		}
		s[i] = stamp{info.ModTime(), info.Size()}
	}
	return s, nil
}
