package vectors

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Env names the environment variable that [Dir] reads.
const Env = "LODE_VECTORS"

// maxFile bounds a vector file, in bytes.
const maxFile = 256 << 20

//go:embed testdata
var embedded embed.FS

// runners lists every vector file we have code for, in the order of a relay's
// life.
var runners = []struct {
	file string
	run  func(dir string) (Result, error)
}{
	{"ring_signature.json", RunRing},
	{"relay_hash.json", RunRelayHash},
	{"smst.json", RunSMST},
	{"difficulty.json", RunDifficulty},
	{"session_id.json", RunSessionID},
	{"claim_proof_tx.json", RunClaimProofTx},
	{"proof_requirement.json", RunProofRequirement},
	{"settlement.json", RunSettlement},
	{"on_chain.json", RunOnChain},
}

// Dir returns the folder of vector files: the value of LODE_VECTORS, or "",
// which stands for the files compiled into this package.
func Dir() string { return os.Getenv(Env) }

// All runs every vector file present in dir ("" is the compiled-in set) and
// returns one Result per file. A file that is absent is left out; it is an
// error if dir cannot be read, if no known file is in it, or if a file is not
// of the expected format or has no cases.
func All(dir string) ([]Result, error) {
	if err := checkDir(dir); err != nil {
		return nil, err
	}
	var results []Result
	for _, r := range runners {
		res, err := r.run(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("run %s: %w", r.file, err)
		}
		if res.Cases == 0 {
			return nil, fmt.Errorf("run %s: no cases in it", r.file)
		}
		results = append(results, res)
	}
	if len(results) == 0 {
		return nil, fmt.Errorf("no known vector file in %q", dir)
	}
	return results, nil
}

func checkDir(dir string) error {
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("open vector folder: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("open vector folder: %q is not a folder", dir)
	}
	return nil
}

// load reads the vector file called name from dir into v. The error matches
// [fs.ErrNotExist] when the file is absent.
func load(dir, name string, v any) error {
	b, err := read(dir, name)
	if err != nil {
		return fmt.Errorf("read vectors: %w", err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("parse %s: %w", name, err)
	}
	return nil
}

func read(dir, name string) ([]byte, error) {
	if dir == "" {
		return embedded.ReadFile("testdata/" + name)
	}
	path := filepath.Join(dir, name)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, maxFile)
	}
	return os.ReadFile(path)
}
