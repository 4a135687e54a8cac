package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"gopkg.in/yaml.v3"
)

// ErrKeyFile is returned when a key file is open to everyone, too large, or
// does not hold keys. It names lines, never their content.
var ErrKeyFile = errors.New("unusable key file")

// maxKeyFile bounds a key file, in bytes: about ten thousand keys.
const maxKeyFile = 1 << 20

// LoadFile reads the private keys of a file, in its order, at least one. The
// file has either one key per line (as [ParseHex] reads it; empty lines and
// everything after # are ignored) or is YAML with a list called keys. The same
// key twice is a mistake and an error.
//
// A file that everyone may read or write (mode bits 007) is refused. Its group
// may: that is how orchestrators mount secrets.
func LoadFile(path string) ([]Private, error) {
	raw, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	list, err := Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("load keys from %s: %w", path, err)
	}
	return list, nil
}

// ReadFile returns the content of a file of secrets: a regular file of at most
// a megabyte that is not open to everyone.
func ReadFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load keys: %w", err)
	}
	defer f.Close()
	if err := checkFile(f); err != nil {
		return nil, fmt.Errorf("load keys from %s: %w", path, err)
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("load keys: %w", err)
	}
	return raw, nil
}

func checkFile(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: not a regular file", ErrKeyFile)
	}
	if perm := info.Mode().Perm(); perm&0o007 != 0 {
		return fmt.Errorf("%w: everyone may use it (mode %04o); run chmod 600 on it", ErrKeyFile, perm)
	}
	if info.Size() > maxKeyFile {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrKeyFile, info.Size(), maxKeyFile)
	}
	return nil
}

// Parse reads the keys of a file's content, see [LoadFile].
func Parse(raw []byte) ([]Private, error) {
	texts, err := split(raw)
	if err != nil {
		return nil, err
	}
	var list []Private
	seen := map[[33]byte]int{}
	for _, t := range texts {
		p, err := ParseHex(t.text)
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrKeyFile, t.line, err)
		}
		if first, twice := seen[p.Public()]; twice {
			return nil, fmt.Errorf("%w: line %d repeats the key of line %d", ErrKeyFile, t.line, first)
		}
		seen[p.Public()] = t.line
		list = append(list, p)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: no keys in it", ErrKeyFile)
	}
	return list, nil
}

// entry is the text of one key and where it stands.
type entry struct {
	text string
	line int
}

func split(raw []byte) ([]entry, error) {
	lines := splitLines(raw)
	if len(lines) > 0 && strings.HasPrefix(lines[0].text, "keys:") {
		return splitYAML(raw)
	}
	return lines, nil
}

func splitLines(raw []byte) (out []entry) {
	for i, line := range strings.Split(string(raw), "\n") {
		text, _, _ := strings.Cut(line, "#")
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, entry{text, i + 1})
		}
	}
	return out
}

func splitYAML(raw []byte) (out []entry, err error) {
	var file struct {
		Keys []yaml.Node `yaml:"keys"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if dec.Decode(&file) != nil {
		// The decoder's message may quote a key, so it is not passed on.
		return nil, fmt.Errorf("%w: not YAML with one list called keys", ErrKeyFile)
	}
	for _, n := range file.Keys {
		if n.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("%w: line %d: not a plain text", ErrKeyFile, n.Line)
		}
		out = append(out, entry{n.Value, n.Line})
	}
	return out, nil
}
