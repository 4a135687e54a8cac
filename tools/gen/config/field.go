package main

import (
	"fmt"
	"reflect"
	"time"
)

// kind is what a field holds, as an operator writes it.
type kind int

const (
	text kind = iota
	boolean
	integer
	unsigned
	decimal
	duration
	list    // of texts
	section // nested fields
	mapping // name → element
)

// field is one key of a configuration. It is the tree that both outputs are written from.
type field struct {
	key     string // name in YAML
	words   string // empty for a section
	kind    kind
	value   any     // the default
	fields  []field // of a section, or of a mapping's elements when these are sections
	element kind    // of a mapping
}

// fieldsOf describes a configuration struct in the order of its fields.
func fieldsOf(def any, c *comments) ([]field, error) {
	v := reflect.ValueOf(def)
	var fields []field
	for i := range v.NumField() {
		t := v.Type().Field(i)
		key := t.Tag.Get("koanf")
		if key == "" {
			return nil, fmt.Errorf("field %s of %s has no koanf tag", t.Name, v.Type())
		}
		f := field{key: key, value: v.Field(i).Interface()}
		var err error
		if f.kind, err = kindOf(t.Type); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		switch f.kind {
		case section:
			f.fields, err = fieldsOf(f.value, c)
		case mapping:
			if f.element, err = kindOf(t.Type.Elem()); err == nil && f.element == section {
				f.fields, err = fieldsOf(reflect.Zero(t.Type.Elem()).Interface(), c)
			}
		}
		if err == nil && f.kind != section {
			f.words, err = c.of(v.Type(), t.Name, key)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		fields = append(fields, f)
	}
	return fields, nil
}

func kindOf(t reflect.Type) (kind, error) {
	if t == reflect.TypeFor[time.Duration]() {
		return duration, nil
	}
	switch t.Kind() {
	case reflect.String:
		return text, nil
	case reflect.Bool:
		return boolean, nil
	case reflect.Int, reflect.Int64, reflect.Int32:
		return integer, nil
	case reflect.Uint, reflect.Uint64, reflect.Uint32:
		return unsigned, nil
	case reflect.Float64:
		return decimal, nil
	case reflect.Struct:
		return section, nil
	case reflect.Map:
		return mapping, nil
	case reflect.Slice:
		if t.Elem().Kind() == reflect.String {
			return list, nil
		}
	}
	return 0, fmt.Errorf("a configuration cannot hold a %s", t)
}
