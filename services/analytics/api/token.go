package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
)

// TokenConfig is one who may ask.
type TokenConfig struct {
	// File holds the token; whoever sends it as "Authorization: Bearer TOKEN" may ask.
	File string `koanf:"file"`
	// Suppliers are the operator addresses whose facts the token sees; empty: all.
	Suppliers []string `koanf:"suppliers"`
}

// minToken is the shortest token, in bytes.
const minToken = 16

// Tokens are all who may ask; none: everybody on this machine.
type Tokens []token

type token struct {
	hash      [sha256.Size]byte
	suppliers []string
}

// LoadTokens reads the tokens' files.
func LoadTokens(list map[string]TokenConfig) (Tokens, error) {
	var all Tokens
	for name, t := range list {
		raw, err := os.ReadFile(t.File)
		if err != nil {
			return nil, fmt.Errorf("read token %s: %w", name, err)
		}
		text := strings.TrimSpace(string(raw))
		if len(text) < minToken {
			return nil, fmt.Errorf("token %s has fewer than %d bytes", name, minToken)
		}
		all = append(all, token{sha256.Sum256([]byte(text)), t.Suppliers})
	}
	return all, nil
}

// find compares with every token in a time that does not tell how much of one fits.
func (t Tokens) find(text string) (found *token) {
	hash := sha256.Sum256([]byte(text))
	for i := range t {
		if subtle.ConstantTimeCompare(hash[:], t[i].hash[:]) == 1 {
			found = &t[i]
		}
	}
	return found
}

type scopeKey struct{}

// guard lets through who may ask, and notes what a token sees.
func (t Tokens) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(t) == 0 {
			if !local(r.RemoteAddr) || !localName(r.Host) {
				_ = writeJSON(w, http.StatusForbidden, map[string]string{"error": "no tokens are configured: only this machine may ask"})
				return
			}
			next.ServeHTTP(w, r)
			return
		}
		text, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		found := t.find(text)
		if !bearer || found == nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			_ = writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "a token is needed: Authorization: Bearer TOKEN"})
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), scopeKey{}, found.suppliers)))
	})
}

func local(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// localName tells whether a request was sent to this machine by a name of its own: a page of another site whose name leads
// here would else read what its visitor may.
func localName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// Scope are the suppliers that a request may see; empty: all.
func Scope(ctx context.Context) []string {
	suppliers, _ := ctx.Value(scopeKey{}).([]string)
	return suppliers
}

// errForbidden is wrapped when a token does not see what it asks for.
var errForbidden = errors.New("forbidden")

// restrict keeps a request to what its token sees.
func restrict(r *http.Request, route *Route, q *Query) error {
	scope := Scope(r.Context())
	if len(scope) == 0 || route.Public {
		return nil
	}
	if !route.ofSuppliers() {
		return fmt.Errorf("%w: this token sees only its suppliers, and this is of everybody", errForbidden)
	}
	asked := q.Values["supplier"]
	for _, supplier := range asked {
		if !slices.Contains(scope, supplier) {
			return fmt.Errorf("%w: this token does not see supplier %s", errForbidden, supplier)
		}
	}
	if len(asked) == 0 {
		q.Values["supplier"] = scope
	}
	return nil
}
