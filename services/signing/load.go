package signing

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cosmos/cosmos-sdk/crypto"

	"github.com/lodeworks/lode/services/pocket/keys"
)

// maxFiles bounds a folder of keys.
const maxFiles = 10_000

// loadFiles returns the keys of the file and the folder, each address once.
func loadFiles(cfg Config) (map[string]Signer, error) {
	var all []keys.Private
	if cfg.File != "" {
		list, err := keys.LoadFile(cfg.File)
		if err != nil {
			return nil, err
		}
		all = list
	}
	if cfg.Dir != "" {
		list, err := loadDir(cfg.Dir, cfg.PassphraseFile)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	signers := map[string]Signer{}
	for _, key := range all {
		if signers[key.Address()] != nil {
			return nil, fmt.Errorf("%w: the key of %s is there twice", keys.ErrKeyFile, key.Address())
		}
		signers[key.Address()] = keys.Local{Private: key}
	}
	return signers, nil
}

// loadDir reads every file of a folder but hidden ones. Links are followed: that is how orchestrators mount secrets.
func loadDir(dir, passphraseFile string) (all []keys.Private, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("load keys: %w", err)
	}
	if len(entries) > maxFiles {
		return nil, fmt.Errorf("%w: %s has more than %d files", keys.ErrKeyFile, dir, maxFiles)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") || entry.IsDir() {
			continue
		}
		list, err := loadOne(filepath.Join(dir, entry.Name()), passphraseFile)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

func loadOne(path, passphraseFile string) ([]keys.Private, error) {
	raw, err := keys.ReadFile(path)
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	if !bytes.Contains(raw, []byte("BEGIN TENDERMINT PRIVATE KEY")) {
		list, err := keys.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("load keys from %s: %w", path, err)
		}
		return list, nil
	}
	key, err := unarmor(raw, passphraseFile)
	if err != nil {
		return nil, fmt.Errorf("load keys from %s: %w", path, err)
	}
	return []keys.Private{key}, nil
}

// unarmor reads what `keys export` of a Cosmos command line writes.
func unarmor(raw []byte, passphraseFile string) (keys.Private, error) {
	if passphraseFile == "" {
		return keys.Private{}, errors.New("a keyring export needs passphrase_file")
	}
	passphrase, err := keys.ReadFile(passphraseFile)
	if err != nil {
		return keys.Private{}, err
	}
	defer clear(passphrase)
	exported, algo, err := crypto.UnarmorDecryptPrivKey(string(raw), strings.TrimRight(string(passphrase), "\r\n"))
	if err != nil {
		return keys.Private{}, fmt.Errorf("%w: keyring export: %w", keys.ErrKeyFile, err)
	}
	if algo != "secp256k1" || len(exported.Bytes()) != 32 {
		return keys.Private{}, fmt.Errorf("%w: keyring export of a %s key, want secp256k1", keys.ErrKeyFile, algo)
	}
	return keys.NewPrivate([32]byte(exported.Bytes()))
}
