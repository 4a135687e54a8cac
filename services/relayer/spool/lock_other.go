//go:build !unix

package spool

import (
	"os"
	"path/filepath"
)

// lock does not keep a second process out here: these systems have no such lock that ends with its process.
func lock(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
}
