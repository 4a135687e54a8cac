package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
)

// module is the common start of our import paths; a package's folder follows it.
const module = "github.com/lodeworks/lode/"

// comments finds the words on struct fields in the sources.
type comments struct {
	root   string
	byType map[string]map[string]string // package path and type name → field → words
}

func newComments(root string) *comments {
	return &comments{root: root, byType: map[string]map[string]string{}}
}

// of returns the words on a field of a named struct type of ours; where they begin with its name, with its key.
func (c *comments) of(t reflect.Type, field, key string) (string, error) {
	id := t.PkgPath() + "." + t.Name()
	if c.byType[id] == nil {
		if err := c.load(t.PkgPath()); err != nil {
			return "", err
		}
	}
	words := c.byType[id][field]
	if words == "" {
		return "", fmt.Errorf("field %s of %s has no comment: an operator would not know what it is", field, id)
	}
	if rest, named := strings.CutPrefix(words, field); named && strings.IndexAny(rest, " :") == 0 {
		words = key + rest // who reads it knows the key, not the Go field
	}
	return words, nil
}

// load reads all struct types of a package.
func (c *comments) load(pkg string) error {
	folder, ours := strings.CutPrefix(pkg, module)
	if !ours {
		return fmt.Errorf("type of package %s in a configuration: its words cannot be read", pkg)
	}
	files, err := filepath.Glob(filepath.Join(c.root, folder, "*.go"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no sources in %s: %w", folder, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			return fmt.Errorf("read sources: %w", err)
		}
		c.add(pkg, parsed)
	}
	return nil
}

// add notes the struct types of one file.
func (c *comments) add(pkg string, file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.TypeSpec); ok {
			if s, ok := spec.Type.(*ast.StructType); ok {
				c.byType[pkg+"."+spec.Name.Name] = wordsOf(s)
			}
		}
		return true
	})
}

// wordsOf returns the words above or behind each field.
func wordsOf(s *ast.StructType) map[string]string {
	words := map[string]string{}
	for _, f := range s.Fields.List {
		text := f.Doc.Text()
		if text == "" {
			text = f.Comment.Text()
		}
		for _, name := range f.Names {
			words[name.Name] = strings.Join(strings.Fields(text), " ")
		}
	}
	return words
}
