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

// jsonKey is a key of the object.
type jsonKey struct {
	name   string
	places []place      // where its value goes
	nested []nestedPath // what is wanted of the object that is its value
}

// nestedPath is a path into an object, by keys, and where its value goes.
type nestedPath struct {
	steps  []string
	places []place
}

// place is where a value goes. Of several keys for one target, the one with the
// lowest rank counts: the variable's own name before its usual other names.
type place struct{ target, rank uint8 }

// JSON returns the format of JSON lines: objects whose keys are nginx's
// variables, one of their usual other names, or named in options.Keys.
func JSON(options Options) (*Format, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	places, err := keyPlaces(&options)
	if err != nil {
		return nil, err
	}
	options.Escape = EscapeJSON
	if options.Name == "" {
		options.Name = "json"
	}
	table := &keyTable{byName: make(map[string]int)}
	for _, path := range slices.Sorted(maps.Keys(places)) {
		table.add(path, places[path])
	}
	table.record = recordType(table.keys)
	return &Format{options: options, keys: table}, nil
}

// keyPlaces returns, by key path, where the key's value goes.
func keyPlaces(o *Options) (map[string][]place, error) {
	mapped, err := mappedKeys(o)
	if err != nil {
		return nil, err
	}
	places := make(map[string][]place)
	add := func(variable string, aliases []string, target uint8) {
		names := append([]string{variable}, aliases...)
		if path, ok := mapped[variable]; ok {
			names = []string{path}
		}
		for rank, name := range names {
			places[name] = append(places[name], place{target, uint8(rank)})
		}
	}
	for _, v := range variables {
		add(v.name, v.aliases, uint8(v.field))
	}
	for i, name := range o.Variants {
		add(name, nil, uint8(numFields)+uint8(i))
	}
	for i, name := range o.Values {
		add(name, aliasesOf(name), uint8(numFields)+uint8(len(o.Variants)+i))
	}
	if f := o.upstreamName(); f != unused {
		add(o.UpstreamName, aliasesOf(o.UpstreamName), uint8(f))
	}
	return places, nil
}

// mappedKeys returns the key paths of Options.Keys by nginx variable.
func mappedKeys(o *Options) (map[string]string, error) {
	mapped := make(map[string]string)
	for name, path := range o.Keys {
		if slices.Contains(strings.Split(path, "."), "") {
			return nil, fmt.Errorf("cannot use JSON key %q for %q: want a key, or keys with dots between them such as nginx.access.status", path, name)
		}
		if path == "-" || strings.ContainsAny(path, "\",\\") {
			return nil, fmt.Errorf("cannot use JSON key %q for %q: want one without quotes, commas and backslashes", path, name)
		}
		if f := fieldByAnyName(name); f != unused {
			name = variableOf(f)
		}
		mapped[name] = path
	}
	return mapped, nil
}

// aliasesOf returns the usual other names of a variable.
func aliasesOf(variable string) []string {
	for _, v := range variables {
		if v.name == variable {
			return v.aliases
		}
	}
	return nil
}

// add adds the key at path. A path of one step is a key of the object itself;
// a longer one may also stand there as a key with dots in its name.
func (t *keyTable) add(path string, places []place) {
	whole := t.key(path)
	t.keys[whole].places = append(t.keys[whole].places, places...)
	if steps := strings.Split(path, "."); len(steps) > 1 {
		top := t.key(steps[0])
		t.keys[top].nested = append(t.keys[top].nested, nestedPath{steps[1:], places})
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
			Tag:  reflect.StructTag(`json:"` + key.name + `"`),
		}
	}
	return reflect.StructOf(fields)
}
