package secrets

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// How long certificates are good for, and how long before its end the servers' is made anew.
const (
	authorityLife = 10 * 365 * 24 * time.Hour
	serverLife    = 365 * 24 * time.Hour
	renewBefore   = 30 * 24 * time.Hour
)

// certify makes the authority when it is missing, and the servers' certificate when it is not good for the hosts.
func certify(dir string, hosts []string) error {
	ca, err := ensureAuthority(dir)
	if err != nil {
		return err
	}
	have, err := load(dir, ServerFile, ServerKey)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(hosts) == 0 && have.Leaf == nil {
		return errors.New("name the hosts by which clients and servers reach the bus")
	}
	if len(hosts) == 0 {
		hosts = names(have.Leaf)
	}
	hosts = slices.Compact(slices.Sorted(slices.Values(hosts)))
	if have.Leaf != nil && slices.Equal(hosts, names(have.Leaf)) && time.Until(have.Leaf.NotAfter) > renewBefore && have.Leaf.CheckSignatureFrom(ca.Leaf) == nil {
		return nil
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "lode bus"}, NotAfter: time.Now().Add(serverLife), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, // between servers each is the other's client
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return issue(dir, ServerFile, ServerKey, template, ca)
}

// names are the hosts of a certificate, sorted.
func names(c *x509.Certificate) []string {
	list := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		list = append(list, ip.String())
	}
	return slices.Sorted(slices.Values(list))
}

func ensureAuthority(dir string) (tls.Certificate, error) {
	ca, err := load(dir, CAFile, caKeyFile)
	if !errors.Is(err, fs.ErrNotExist) {
		return ca, err
	}
	if _, err := os.Stat(filepath.Join(dir, CAFile)); err == nil {
		return ca, fmt.Errorf("%s is there without %s: bring its key, or remove it to begin anew", CAFile, caKeyFile)
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "lode bus authority"}, NotAfter: time.Now().Add(authorityLife),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}
	if err := issue(dir, CAFile, caKeyFile, template, tls.Certificate{}); err != nil {
		return ca, err
	}
	return load(dir, CAFile, caKeyFile)
}

// issue makes a key and its certificate, signed by ca, or by itself when that is empty.
func issue(dir, certFile, keyFile string, template *x509.Certificate, ca tls.Certificate) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make key: %w", err)
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return fmt.Errorf("make serial number: %w", err)
	}
	template.NotBefore = time.Now().Add(-5 * time.Minute) // clocks differ
	parent, signer := template, crypto.PrivateKey(key)
	if ca.Leaf != nil {
		parent, signer = ca.Leaf, ca.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	rawKey, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode key: %w", err)
	}
	if err := write(filepath.Join(dir, keyFile), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: rawKey}), private); err != nil {
		return err
	}
	return write(filepath.Join(dir, certFile), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), public)
}

// load reads a certificate and its key; Leaf is set.
func load(dir, certFile, keyFile string) (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, certFile), filepath.Join(dir, keyFile))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read %s and %s: %w", certFile, keyFile, err)
	}
	return pair, nil
}
