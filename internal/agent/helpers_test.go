package agent

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/internal/report"
	"github.com/splitgauge/splitgauge/tailer"
)

// mustReplay replays what must be readable.
func mustReplay(t *testing.T, config ReplayConfig) *report.Report {
	t.Helper()
	r, err := Replay(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	for _, failure := range r.Failures {
		t.Errorf("failure %q", failure.Error)
	}
	return r
}

// replayText replays text as standard input.
func replayText(t *testing.T, text string, config ReplayConfig) *report.Report {
	t.Helper()
	config.Inputs = []string{tailer.StdinName}
	config.Reader.Stdin = strings.NewReader(text)
	return mustReplay(t, config)
}

// plainFile writes a file of its own and returns it as inputs.
func plainFile(t *testing.T, content []byte) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{path}
}
