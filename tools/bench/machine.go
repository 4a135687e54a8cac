package bench

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/lodeworks/lode/services/pocket/curve"
	"github.com/lodeworks/lode/services/pocket/sha256x"
)

// telling are the processor's abilities that the hot path uses, as Linux names them.
var telling = []string{"bmi2", "adx", "sha_ni", "avx512f", "avx512bw", "avx512ifma", "avx512_vbmi2"}

// machine describes where the figures are from, in two lines.
func machine() (string, error) {
	cpu, err := processor("/proc/cpuinfo")
	if err != nil {
		return "", err
	}
	var flags []string
	for _, f := range strings.Fields(cpu["flags"]) {
		if slices.Contains(telling, f) {
			flags = append(flags, f)
		}
	}
	return fmt.Sprintf("%s (family %s, model %s, stepping %s, %s MHz now), %d cores, %s, %s/%s\ninstructions: %s; curve tier %s, SHA-256 lanes %d",
		cpu["model name"], cpu["cpu family"], cpu["model"], cpu["stepping"], cpu["cpu MHz"],
		runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH,
		strings.Join(flags, " "), curve.Best(), sha256x.Lanes()), nil
}

// processor reads what Linux says about the first core.
func processor(name string) (map[string]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fields := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() && lines.Text() != "" {
		key, value, _ := strings.Cut(lines.Text(), ":")
		fields[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return fields, lines.Err()
}
