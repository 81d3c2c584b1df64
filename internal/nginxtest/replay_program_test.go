package nginxtest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// buildProgram builds the program, whose packages this one must not depend on.
// A test that passed is only run again when something that it has read has
// changed, so the sources are looked at as well.
func buildProgram(t *testing.T) string {
	t.Helper()
	const program = "../../cmd/splitgauge"
	list := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}{{end}}", program)
	directories, err := list.Output()
	if err != nil {
		t.Fatal("cannot list the program's packages: ", err)
	}
	for directory := range strings.FieldsSeq(string(directories)) {
		if _, err := os.ReadDir(directory); err != nil {
			t.Fatal(err)
		}
	}
	binary := filepath.Join(t.TempDir(), "splitgauge")
	build := exec.Command("go", "build", "-o", binary, program)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build the program: %v: %s", err, output)
	}
	return binary
}

// replayReport is the part of "replay -o json" that is compared.
type replayReport struct {
	Lines struct {
		Total, Parsed, Partial, Unparsed int64
		Bytes                            int64
		NULBytes                         int64 `json:"nul_bytes"`
		Reasons                          map[string]int64
	}
	Time     struct{ First, Last string }
	Requests struct {
		Total       int64
		Status      map[string]int64
		Methods     map[string]int64
		BytesSent   int64      `json:"bytes_sent"`
		RequestTime replayDist `json:"request_time"`
	}
	Clients  int64
	Variants []struct {
		Variant   string
		Requests  int64
		BytesSent int64 `json:"bytes_sent"`
		Clients   int64
	}
	Upstreams      []replayServer
	Retried        int64 `json:"retried_requests"`
	Redirected     int64 `json:"redirected_requests"`
	NoUpstream     int64 `json:"no_upstream_requests"`
	NoLiveUpstream int64 `json:"no_live_upstream_requests"`
	Experiments    []struct {
		Experiment string
		Assignment struct {
			Checked, Mismatches int64
			Reasons             map[string]int64
		}
	}
}

type replayServer struct {
	Server       string
	Attempts     int64
	Status       map[string]int64
	ResponseTime replayDist `json:"response_time"`
	ConnectTime  replayDist `json:"connect_time"`
	HeaderTime   replayDist `json:"header_time"`
}

type replayDist struct {
	Count int64
	Sum   int64 `json:"sum_ms"`
	Min   int64 `json:"min_ms"`
	Max   int64 `json:"max_ms"`
	P50   int64 `json:"p50_ms"`
	P90   int64 `json:"p90_ms"`
	P99   int64 `json:"p99_ms"`
}

// runReplay replays a log with the program. How many lines may fail is for the
// comparison to say.
func runReplay(t *testing.T, program string, arguments ...string) *replayReport {
	t.Helper()
	command := exec.Command(program, append([]string{"replay", "-o", "json", "--max-unparsed", "100%"}, arguments...)...)
	var problems strings.Builder
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", command, err, problems.String())
	}
	report := new(replayReport)
	if err := json.Unmarshal(output, report); err != nil {
		t.Fatal(err)
	}
	return report
}
