package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// kept are the results of rows that have been run before, so that what takes hours can
// be stopped and gone on with. They are of the program that ran them: whoever changes
// more than the list of rows begins another file.
type kept struct {
	name string // of the file; "" to keep nothing
	Runs int
	Rows map[string]result // by id
}

// readKept reads a file of results, which need not be there yet.
func readKept(name string, runs int) (*kept, error) {
	k := &kept{name: name, Runs: runs, Rows: make(map[string]result)}
	if name == "" {
		return k, nil
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, k); err != nil {
		return nil, fmt.Errorf("cannot read %q, want what -keep has written: %w", name, err)
	}
	if k.Runs != runs {
		return nil, fmt.Errorf("%q has results of %d runs, want those of %d as asked for", name, k.Runs, runs)
	}
	return k, nil
}

// add keeps a result, if there is a file to keep it in.
func (k *kept) add(id string, r result) error {
	k.Rows[id] = r
	if k.name == "" {
		return nil
	}
	text, err := json.MarshalIndent(k, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(k.name+".new", append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(k.name+".new", k.name)
}
