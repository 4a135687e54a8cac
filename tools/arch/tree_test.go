package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// module is the common start of our import paths; a package's folder follows it.
const module = "github.com/lodeworks/lode/"

// root is the repository's top folder, seen from this one.
var root = filepath.Join("..", "..")

// tracked lists the files that git knows and that are there, with slashes, from the top folder.
var tracked = sync.OnceValues(func() ([]string, error) {
	out, err := exec.Command("git", "-C", root, "ls-files", "-z").Output()
	if err != nil {
		return nil, err
	}
	var files []string
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		if _, err := os.Lstat(filepath.Join(root, name)); err == nil {
			files = append(files, name)
		}
	}
	return files, nil
})

func files(t *testing.T) []string {
	t.Helper()
	list, err := tracked()
	require.NoError(t, err, "list the files that git tracks")
	require.Greater(t, len(list), 100, "this is not the repository")
	return list
}

// source is one tracked Go file.
type source struct {
	path   string // from the top folder
	parsed *ast.File
}

func (s source) dir() string { return path.Dir(s.path) }
func (s source) test() bool  { return strings.HasSuffix(s.path, "_test.go") }

// imports lists the import paths of the file.
func (s source) imports() []string {
	var list []string
	for _, i := range s.parsed.Imports {
		list = append(list, strings.Trim(i.Path.Value, `"`))
	}
	return list
}

// goFiles parses every tracked Go file down to its imports, with comments.
func goFiles(t *testing.T) []source {
	t.Helper()
	var list []source
	set := token.NewFileSet()
	for _, name := range files(t) {
		if path.Ext(name) != ".go" {
			continue
		}
		parsed, err := parser.ParseFile(set, filepath.Join(root, name), nil, parser.ImportsOnly|parser.ParseComments)
		require.NoError(t, err)
		list = append(list, source{name, parsed})
	}
	return list
}

// services lists the services: the folders of services/ that hold a program.
func services(t *testing.T) []string {
	t.Helper()
	var list []string
	for _, name := range files(t) {
		if m, err := path.Match("services/*/cmd/*/main.go", name); err == nil && m {
			list = append(list, strings.Split(name, "/")[1])
		}
	}
	require.GreaterOrEqual(t, len(list), 6)
	return list
}

// mentions tells whether a Go file directly in a folder, tests aside, holds the text.
func mentions(t *testing.T, folder, text string) bool {
	t.Helper()
	for _, name := range files(t) {
		if path.Dir(name) != folder || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		if strings.Contains(string(raw), text) {
			return true
		}
	}
	return false
}
