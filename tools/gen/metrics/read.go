package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// metric is what the sources say about one.
type metric struct {
	name, kind, help string
	labels           []string
}

// read returns the metrics of the package in a folder, one for each field of its type metrics. Their names begin with
// prefix.
func read(dir, prefix string) ([]metric, error) {
	fields, build, err := find(dir)
	if err != nil {
		return nil, err
	}
	s := scope{prefix: prefix, values: map[string]ast.Expr{}}
	made := map[string]ast.Expr{}
	ast.Inspect(build.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			s.note(n)
		case *ast.ReturnStmt:
			for field, value := range literal(n) {
				made[field] = value
			}
		}
		return true
	})
	var list []metric
	for _, field := range fields {
		m, err := s.metric(made[field])
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", field, err)
		}
		list = append(list, m)
	}
	return list, nil
}

// find returns the fields of type metrics and the function newMetrics.
func find(dir string) (fields []string, build *ast.FuncDecl, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, nil, err
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if t, ok := n.Type.(*ast.StructType); ok && n.Name.Name == "metrics" {
					fields = namesOf(t)
				}
			case *ast.FuncDecl:
				if n.Name.Name == "newMetrics" {
					build = n
				}
			}
			return true
		})
	}
	if len(fields) == 0 || build == nil {
		return nil, nil, errors.New("no type metrics or no function newMetrics")
	}
	return fields, build, nil
}

func namesOf(t *ast.StructType) (names []string) {
	for _, f := range t.Fields.List {
		for _, n := range f.Names {
			names = append(names, n.Name)
		}
	}
	return names
}

// literal returns the fields of a returned metrics{…} or &metrics{…}.
func literal(r *ast.ReturnStmt) map[string]ast.Expr {
	out := map[string]ast.Expr{}
	for _, e := range r.Results {
		if u, ok := e.(*ast.UnaryExpr); ok {
			e = u.X
		}
		lit, ok := e.(*ast.CompositeLit)
		if !ok {
			continue
		}
		if t, ok := lit.Type.(*ast.Ident); !ok || t.Name != "metrics" {
			continue
		}
		for _, element := range lit.Elts {
			if kv, ok := element.(*ast.KeyValueExpr); ok {
				if key, ok := kv.Key.(*ast.Ident); ok {
					out[key.Name] = kv.Value
				}
			}
		}
	}
	return out
}

// scope is what newMetrics has named before it returns.
type scope struct {
	prefix string
	values map[string]ast.Expr
}

// note remembers name := value.
func (s scope) note(a *ast.AssignStmt) {
	if len(a.Lhs) != 1 || len(a.Rhs) != 1 {
		return
	}
	if name, ok := a.Lhs[0].(*ast.Ident); ok {
		s.values[name.Name] = a.Rhs[0]
	}
}

// metric reads the expression that makes a metric. The first two texts that are not labels are its name and its help.
func (s scope) metric(e ast.Expr) (metric, error) {
	if name, ok := e.(*ast.Ident); ok {
		e = s.values[name.Name]
	}
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return metric{}, errors.New("is not set by a call")
	}
	m := metric{kind: s.kindOf(call), labels: s.labels(call)}
	texts := s.texts(call)
	if len(texts) < 2 || m.kind == "" {
		return metric{}, fmt.Errorf("cannot read name, help and kind from its call: have %q, %q", texts, m.kind)
	}
	m.name, m.help = s.prefix+strings.TrimPrefix(texts[0], s.prefix), texts[1]
	return m, nil
}

// kindOf reads the kind from the name of the function that is called.
func (s scope) kindOf(call *ast.CallExpr) string {
	var name string
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		name = f.Sel.Name
	case *ast.Ident:
		name = f.Name
	}
	for _, kind := range []string{"counter", "gauge", "histogram"} {
		if strings.Contains(strings.ToLower(name), kind) {
			return kind
		}
	}
	return ""
}

// texts are the name and the help: of a literal of options its fields, otherwise the texts in order.
func (s scope) texts(call *ast.CallExpr) (texts []string) {
	ast.Inspect(call, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if isLabels(n) {
				return false
			}
		case *ast.KeyValueExpr:
			key, ok := n.Key.(*ast.Ident)
			return ok && (key.Name == "Name" || key.Name == "Help")
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				if text, err := strconv.Unquote(n.Value); err == nil {
					texts = append(texts, text)
				}
			}
		}
		return true
	})
	return texts
}

// labels are the texts of the []string in the call, or of one that it or its helper names.
func (s scope) labels(call ast.Node) (labels []string) {
	ast.Inspect(call, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if isLabels(n) {
				for _, e := range n.Elts {
					if text, err := strconv.Unquote(e.(*ast.BasicLit).Value); err == nil {
						labels = append(labels, text)
					}
				}
				return false
			}
		case *ast.Ident:
			switch value := s.values[n.Name].(type) {
			case *ast.CompositeLit:
				if isLabels(value) && labels == nil {
					labels = s.labels(value)
				}
			case *ast.FuncLit:
				if labels == nil {
					labels = s.labels(value.Body)
				}
			}
		}
		return true
	})
	return labels
}

// isLabels tells whether a literal is a []string of plain texts.
func isLabels(lit *ast.CompositeLit) bool {
	array, ok := lit.Type.(*ast.ArrayType)
	if !ok {
		return false
	}
	if t, ok := array.Elt.(*ast.Ident); !ok || t.Name != "string" {
		return false
	}
	for _, e := range lit.Elts {
		if _, ok := e.(*ast.BasicLit); !ok {
			return false
		}
	}
	return true
}
