package parser

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/bytedance/sonic"
)

// keyTable says which keys of a JSON object hold what.
type keyTable struct {
	keys   []jsonKey
	byName map[string]int // index into keys by name
	record reflect.Type   // a struct with a sonic.NoCopyRawMessage for each of keys
}

// jsonKey is a key of the object, or of the objects in it.
type jsonKey struct {
	name   string
	target uint8       // index of its value; 0 where it is only a step on a path
	more   []uint8     // further indices
	nested []nestedKey // what is wanted of the object that is its value
}

// nestedKey is a path into an object.
type nestedKey struct {
	path   []any // of strings, for sonic
	target uint8
}

// JSON returns the format of JSON lines: objects whose keys are nginx's
// variables, one of their usual other names, or named in options.Keys.
func JSON(options Options) (*Format, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	targets, err := keyTargets(&options)
	if err != nil {
		return nil, err
	}
	options.Escape = EscapeJSON
	if options.Name == "" {
		options.Name = "json"
	}
	table := &keyTable{byName: make(map[string]int)}
	for _, path := range slices.Sorted(maps.Keys(targets)) {
		table.add(path, targets[path])
	}
	table.record = recordType(table.keys)
	return &Format{options: options, keys: table}, nil
}

// keyTargets returns, by key path, the indices of the value that the key
// holds.
func keyTargets(o *Options) (map[string][]uint8, error) {
	targets := make(map[string][]uint8)
	mapped := make(map[string]string) // key path by nginx variable
	for name, path := range o.Keys {
		variable := name
		if f := fieldByAnyName(name); f != unused {
			variable = variableOf(f)
		}
		if path == "" || strings.HasPrefix(path, ".") || strings.HasSuffix(path, ".") || strings.Contains(path, "..") {
			return nil, fmt.Errorf("cannot use JSON key %q for %q: want a key, or a path of keys such as nginx.access.status", path, name)
		}
		mapped[variable] = path
	}
	add := func(variable string, aliases []string, target uint8) {
		if path, ok := mapped[variable]; ok {
			targets[path] = append(targets[path], target)
			return
		}
		for _, name := range append([]string{variable}, aliases...) {
			targets[name] = append(targets[name], target)
		}
	}
	for _, v := range variables {
		add(v.name, v.aliases, uint8(v.field))
	}
	for i, name := range o.Variants {
		add(name, nil, uint8(numFields)+uint8(i))
	}
	for i, name := range o.Values {
		var aliases []string
		if f := fieldByVariable(name); f != unused {
			aliases = aliasesOf(f)
		}
		add(name, aliases, uint8(numFields)+uint8(len(o.Variants)+i))
	}
	return targets, nil
}

func aliasesOf(f field) []string {
	for _, v := range variables {
		if v.field == f {
			return v.aliases
		}
	}
	return nil
}

// add adds the key at path. A path of one step is a key of the object itself;
// a longer one may also stand there as a key with dots in its name.
func (t *keyTable) add(path string, targets []uint8) {
	whole := t.key(path)
	t.keys[whole].target, t.keys[whole].more = targets[0], targets[1:]
	steps := strings.Split(path, ".")
	if len(steps) == 1 {
		return
	}
	top := &t.keys[t.key(steps[0])]
	rest := make([]any, 0, len(steps)-1)
	for _, step := range steps[1:] {
		rest = append(rest, step)
	}
	for _, target := range targets {
		top.nested = append(top.nested, nestedKey{rest, target})
	}
}

// key returns the index of the key called name, which it adds where missing.
func (t *keyTable) key(name string) int {
	if i, ok := t.byName[name]; ok {
		return i
	}
	t.byName[name] = len(t.keys)
	t.keys = append(t.keys, jsonKey{name: name})
	return len(t.keys) - 1
}

// recordType makes the struct that sonic decodes a line into. Its fields are raw
// values, so that sonic finds and checks them and nothing is converted that is
// not used.
func recordType(keys []jsonKey) reflect.Type {
	fields := make([]reflect.StructField, len(keys))
	for i, key := range keys {
		fields[i] = reflect.StructField{
			Name: fmt.Sprintf("Key%d", i),
			Type: reflect.TypeFor[sonic.NoCopyRawMessage](),
			Tag:  reflect.StructTag(fmt.Sprintf("json:%q", key.name)),
		}
	}
	return reflect.StructOf(fields)
}
