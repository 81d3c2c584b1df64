package checkpoint

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/tailer"
)

// TestMain also runs what a test starts as another process.
func TestMain(m *testing.M) {
	if role := os.Getenv("CHECKPOINT_TEST_ROLE"); role != "" {
		os.Exit(runChild(role, os.Getenv("CHECKPOINT_TEST_DIRECTORY")))
	}
	goleak.VerifyTestMain(m)
}

// open opens a store that is closed at the end of the test.
func open(t testing.TB, directory string) *Store {
	t.Helper()
	s, err := Open(directory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// openLoaded opens a store that has no state, or one that may be replaced.
func openLoaded(t testing.TB, directory string) *Store {
	t.Helper()
	s := open(t, directory)
	if _, err := s.Load(); err != nil {
		t.Fatal(err)
	}
	return s
}

func mustSave(t testing.TB, s *Store, state *State) Result {
	t.Helper()
	result, err := s.Save(state)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// numbered returns a state that is a function of n in every part, so that a
// mixture of two is none.
func numbered(n int64) *State {
	state := &State{
		Created:  time.Unix(1_764_000_000+n, n%1e9).UTC(),
		Patterns: []string{"/var/log/nginx/*.log", fmt.Sprint(n)},
		Held: aggregator.Held{
			Variants: []string{fmt.Sprintf(".v%d", n)}, Servers: []string{"unix:/a"}, Statuses: []int{200, -1},
		},
		Left: []Left{{Name: fmt.Sprint("/left/", n), Place: tailer.Place{
			Files:  []tailer.Position{{Device: 2, Inode: uint64(n), Offset: n, Size: n}},
			Looked: time.Unix(1_764_000_000, n%1e9).UTC(), Rotations: n, Lost: map[tailer.LossCause]int64{tailer.LostToTruncation: n},
		}}},
		Departed: counted(n + 7),
	}
	for i := range 3 {
		state.Logs = append(state.Logs, Log{
			Name:    fmt.Sprintf("/var/log/nginx/%d.log", i),
			Created: time.Unix(1_764_000_000, int64(i)).UTC(),
			Dropped: n,
			Place: &tailer.Place{
				Files:     []tailer.Position{{Device: 1, Inode: uint64(n), Head: tailer.Fingerprint{Length: 1024, Sum: ^uint64(n)}, Offset: n, Size: 2 * n, Left: n%2 == 0}},
				Looked:    time.Unix(1_764_000_000, n%1e9).UTC(),
				Rotations: n, Truncations: 1,
				Lost: map[tailer.LossCause]int64{tailer.LostToDeletion: n, tailer.LostToTruncation: 3},
			},
			Counted: counted(n * int64(i+1)),
		})
	}
	return state
}

func counted(n int64) *aggregator.Snapshot {
	shard := aggregator.NewShard(aggregator.Config{})
	for i := range 1 + n%5 {
		shard.Assignment(fmt.Sprintf("variant%d", i)).Add("")
	}
	shard.Assignment("variant0").Add("boundary_rule")
	shard.AddBytes(n, n/2)
	return shard.Snapshot()
}

// equal compares what is kept, and when.
func equal(t testing.TB, got, want *State) bool {
	t.Helper()
	if got == nil || want == nil {
		return got == want
	}
	a, _, err := encode(got)
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := encode(want)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(a, b)
}

// equalKept compares what is kept alone.
func equalKept(t testing.TB, got, want *State) bool {
	t.Helper()
	if got == nil || want == nil {
		return got == want
	}
	same := *got
	same.Written = want.Written
	return equal(t, &same, want)
}

// names lists a directory, without the lock.
func names(t testing.TB, directory string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != lockName {
			names = append(names, entry.Name())
		}
	}
	return names
}

// wantOnlyState fails where anything but the state lies in a directory.
func wantOnlyState(t testing.TB, directory string) {
	t.Helper()
	if got := names(t, directory); !slices.Equal(got, []string{stateName}) {
		t.Errorf("the directory holds %q, want the state alone", got)
	}
}

func writeFile(t testing.TB, content []byte, path ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(path...), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t testing.TB, path ...string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// states draws states of every shape: nil and empty parts, hostile names.
func states() *rapid.Generator[*State] {
	number := rapid.Int64()
	name := rapid.OneOf(rapid.StringN(0, 20, 60), rapid.Just("a\x00\xff\n"), rapid.Just(strings.Repeat("x", 9000)))
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "zero") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).UTC()
	})
	position := rapid.Custom(func(t *rapid.T) tailer.Position {
		return tailer.Position{
			Device: rapid.Uint64().Draw(t, "device"), Inode: rapid.Uint64().Draw(t, "inode"),
			Head:   tailer.Fingerprint{Length: rapid.Int().Draw(t, "length"), Sum: rapid.Uint64().Draw(t, "sum")},
			Offset: number.Draw(t, "offset"), Size: number.Draw(t, "size"),
			Left: rapid.Bool().Draw(t, "left"),
		}
	})
	place := rapid.Custom(func(t *rapid.T) *tailer.Place {
		if rapid.IntRange(0, 3).Draw(t, "kind") == 0 {
			return nil
		}
		p := &tailer.Place{
			Files:     list(t, rapid.SliceOfN(position, 0, 4)),
			Looked:    moment.Draw(t, "looked"),
			Rotations: number.Draw(t, "rotations"), Truncations: number.Draw(t, "truncations"),
		}
		for cause, n := range rapid.MapOfN(name, number, 0, 3).Draw(t, "lost") {
			if p.Lost == nil {
				p.Lost = map[tailer.LossCause]int64{}
			}
			p.Lost[tailer.LossCause(cause)] = n
		}
		return p
	})
	snapshot := rapid.Custom(func(t *rapid.T) *aggregator.Snapshot {
		if n := rapid.Int64Range(-1, 1000).Draw(t, "snapshot"); n >= 0 {
			return counted(n)
		}
		return nil
	})
	return rapid.Custom(func(t *rapid.T) *State {
		state := &State{
			Created: moment.Draw(t, "created"), Written: moment.Draw(t, "written"), Departed: snapshot.Draw(t, "departed"),
			Patterns: list(t, rapid.SliceOfN(name, 0, 3)),
			Held: aggregator.Held{
				Variants: list(t, rapid.SliceOfN(name, 0, 3)),
				Servers:  list(t, rapid.SliceOfN(name, 0, 3)), Statuses: list(t, rapid.SliceOfN(rapid.Int(), 0, 3)),
			},
		}
		for _, name := range rapid.SliceOfNDistinct(name, 0, 4, rapid.ID).Draw(t, "logs") {
			state.Logs = append(state.Logs, Log{
				Name: name, Created: moment.Draw(t, "created"), Place: place.Draw(t, "place"),
				Dropped: number.Draw(t, "dropped"), Counted: snapshot.Draw(t, "counted"),
			})
		}
		return state
	})
}

// list draws a slice, nil instead of an empty one.
func list[T any](t *rapid.T, generator *rapid.Generator[[]T]) []T {
	if items := generator.Draw(t, "list"); len(items) > 0 {
		return items
	}
	return nil
}
