package conf

import (
	"reflect"
	"slices"

	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
)

// Differences names the keys, in order, that have not the same value in two configurations of one type, or are in one
// only. A map of plain values is one key.
func Differences(a, b any) []string {
	keys, left, right := []string{}, flat(a), flat(b)
	for key, v := range left {
		if !same(v, right[key]) {
			keys = append(keys, key)
		}
	}
	for key, v := range right {
		if _, both := left[key]; !both && !same(v, nil) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// flat is a configuration as keys with values.
func flat(cfg any) map[string]any {
	k := koanf.New(".")
	_ = k.Load(structs.Provider(cfg, tag), nil) // cannot fail for a struct
	return k.All()
}

// same tells whether two values are one; nothing, and a list or a map of nothing, are.
func same(a, b any) bool { return reflect.DeepEqual(a, b) || empty(a) && empty(b) }

func empty(v any) bool {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Map, reflect.Slice:
		return r.Len() == 0
	default:
		return false
	}
}
