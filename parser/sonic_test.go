package parser

import (
	"runtime"
	"testing"

	"github.com/bytedance/sonic"
)

// TestSonicIsCompiled notices when a new version of Go makes sonic fall back to
// encoding/json, which says nothing and is ten times slower.
func TestSonicIsCompiled(t *testing.T) {
	if runtime.GOARCH == "amd64" && sonic.APIKind != sonic.UseSonicJSON {
		t.Errorf("sonic runs as kind %d; want its own, %d", sonic.APIKind, sonic.UseSonicJSON)
	}
}
