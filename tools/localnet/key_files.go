package localnet

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// WriteKeys writes the test keys of n into dir for the services to read: one
// file per role, one private key per line as 64 hex digits, readable by the
// owner alone. application.hex, gateway.hex, source.hex, owner.hex and
// validator.hex hold one key; suppliers.hex holds one per supplier, in order.
func WriteKeys(dir string, n Net) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write test keys: %w", err)
	}
	files := map[string][]Account{
		"application.hex": {n.Application},
		"gateway.hex":     {n.Gateway},
		"source.hex":      {n.Source},
		"owner.hex":       {n.Owner},
		"validator.hex":   {n.Validator},
	}
	for _, s := range n.Suppliers {
		files["suppliers.hex"] = append(files["suppliers.hex"], s.Account)
	}
	for name, accounts := range files {
		if err := writeFile(filepath.Join(dir, name), hexLines(accounts)); err != nil {
			return fmt.Errorf("write test keys: %w", err)
		}
	}
	return nil
}

func hexLines(accounts []Account) []byte {
	var b strings.Builder
	for _, a := range accounts {
		b.WriteString(a.KeyHex())
		b.WriteByte('\n')
	}
	return []byte(b.String())
}
