package conformance

import (
	"os"
	"sync"
	"testing"
)

// scenario is one thing that happens to logs or to the agent, and a row of the
// table in docs/reliability.md.
type scenario struct {
	name  string // of the subtest
	shape string // in the table's words
	run   func(*trial) outcome
	alone bool // it needs the machine for itself
}

// group is a part of the table.
type group struct {
	title     string
	scenarios []scenario
}

// groups are all scenarios.
func groups() []group {
	return []group{
		{"Rotation while the agent runs", renameScenarios()},
		{"Names, directories and permissions", nameScenarios()},
		{"The agent is down, or killed", downScenarios()},
		{"copytruncate", truncateScenarios()},
		{"Under load", loadScenarios()},
	}
}

// TestConformance runs every scenario. "go test -run TestConformance/kill" runs
// one; SPLITGAUGE_SEED repeats the random choices of a failure.
func TestConformance(t *testing.T) {
	var mutex sync.Mutex
	results := map[string]outcome{}
	t.Cleanup(func() { // parallel subtests are done by then
		if os.Getenv("SPLITGAUGE_UPDATE") != "" {
			updateTable(t, results)
		}
	})
	for _, group := range groups() {
		for _, s := range group.scenarios {
			t.Run(s.name, func(t *testing.T) {
				if !s.alone { // those that are run before the others
					t.Parallel()
				}
				result := s.run(newTrial(t, os.Getenv(programName)))
				mutex.Lock()
				defer mutex.Unlock()
				results[s.name] = result
			})
		}
	}
}
