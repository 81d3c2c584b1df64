package checkpoint

import (
	"bytes"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitgauge/splitgauge/aggregator"
)

var update = flag.Bool("update", false, "write the golden file of the current version")

// TestRoundTrip compares field by field: a field that is forgotten on both
// sides must not go unseen.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := states().Draw(t, "state")
		body, kept, err := encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got, keptAgain, err := decode(body)
		if err != nil {
			t.Fatal(err)
		}
		if kept != keptAgain {
			t.Fatalf("%d bytes say what is kept, or %d", kept, keptAgain)
		}
		slices.SortFunc(want.Logs, func(a, b Log) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
		if len(got.Logs) != len(want.Logs) {
			t.Fatalf("got %d logs, want %d", len(got.Logs), len(want.Logs))
		}
		for i := range want.Logs {
			sameSnapshot(t, got.Logs[i].Counted, want.Logs[i].Counted)
			got.Logs[i].Counted = want.Logs[i].Counted
		}
		sameSnapshot(t, got.Departed, want.Departed)
		got.Departed = want.Departed
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v\nwant %+v", got, want)
		}
	})
}

// TestEveryFieldIsKept sets every field there is, also those that are added to
// a Place one day.
func TestEveryFieldIsKept(t *testing.T) {
	var want State
	fill(t, reflect.ValueOf(&want).Elem())
	body, _, err := encode(&want)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := decode(body)
	if err != nil {
		t.Fatal(err)
	}
	got.Departed, got.Logs[0].Counted = want.Departed, want.Logs[0].Counted // TestRoundTrip has them
	if !reflect.DeepEqual(got, &want) {
		t.Errorf("got %+v\nwant %+v\nencode.go and decode.go have to know every field", got, &want)
	}
}

func fill(t *testing.T, v reflect.Value) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(1, 2).UTC()))
		return
	case *aggregator.Snapshot:
		v.Set(reflect.ValueOf(counted(1)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0))
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, key)
		fill(t, value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Uint64:
		v.SetUint(4)
	default:
		t.Fatalf("a field of type %v", v.Type())
	}
}

// sameSnapshot compares binary forms, which are the aggregator's to test.
func sameSnapshot(t *rapid.T, got, want *aggregator.Snapshot) {
	if (got == nil) != (want == nil) {
		t.Fatalf("got snapshot %v, want %v", got, want)
	}
	if got == nil {
		return
	}
	a, errA := got.MarshalBinary()
	b, errB := want.MarshalBinary()
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Fatalf("a snapshot is not what was written (%v, %v)", errA, errB)
	}
}

func TestEqualStatesHaveEqualBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state := states().Draw(t, "state")
		want, _, err := encode(state)
		if err != nil {
			t.Fatal(err)
		}
		seed := rapid.Uint64().Draw(t, "seed")
		random := rand.New(rand.NewPCG(seed, 0))
		random.Shuffle(len(state.Logs), func(i, j int) { state.Logs[i], state.Logs[j] = state.Logs[j], state.Logs[i] })
		order := slices.Clone(state.Logs)
		got, _, err := encode(state)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatal("the order of the logs shows")
		}
		if !reflect.DeepEqual(order, state.Logs) {
			t.Fatal("encoding changed the order of the caller's logs")
		}
	})
}

// TestGolden reads what version 1 wrote, as every later version has to.
func TestGolden(t *testing.T) {
	path := filepath.Join("testdata", "state-1")
	want := numbered(42)
	want.Written = want.Created
	want.Logs[1].Place, want.Logs[2].Counted = nil, nil
	if *update {
		encoder, err := newEncoder()
		if err != nil {
			t.Fatal(err)
		}
		body, _, err := encode(want)
		if err != nil {
			t.Fatal(err)
		}
		file, err := seal(encoder, body)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, file, path)
	}
	got, _, err := parse(readFile(t, path))
	if err != nil {
		t.Fatal(err)
	}
	if !equal(t, got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// TestVersionCoversSnapshots fails when a snapshot gets a new version: then
// this format gets one too, or an older program would take the file for a
// damaged one and begin anew.
func TestVersionCoversSnapshots(t *testing.T) {
	snapshots := map[int]string{1: "SGSNAP\x02", 2: "SGSNAP\x03"}
	data, err := aggregator.NewSnapshot().MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(data, []byte(snapshots[version])) {
		t.Errorf("a snapshot begins with %q, and version %d of this format holds %q: raise the version", data[:7], version, snapshots[version])
	}
}

// TestEveryDamageIsSeen flips each bit and cuts at each byte of a file.
func TestEveryDamageIsSeen(t *testing.T) {
	directory := t.TempDir()
	s := openLoaded(t, directory)
	mustSave(t, s, &State{Logs: []Log{{Name: "a"}}, Held: aggregator.Held{Variants: []string{"x"}}})
	file := readFile(t, s.path())
	for cut := range file {
		if _, _, err := parse(file[:cut]); err == nil {
			t.Errorf("the first %d of %d bytes are taken for a state", cut, len(file))
		}
	}
	for bit := range 8 * len(file) {
		damaged := bytes.Clone(file)
		damaged[bit/8] ^= 1 << (bit % 8)
		_, _, err := parse(damaged)
		if err == nil {
			t.Errorf("bit %d changed, and it is taken for a state", bit)
		}
		if newer := errors.As(err, new(*VersionError)); newer && bit/8 != len(magic) {
			t.Errorf("bit %d changed, and it is taken for a newer version", bit)
		}
	}
	if _, _, err := parse(append(bytes.Clone(file), 0)); err == nil {
		t.Error("a file with a byte too many is taken for a state")
	}
}

// TestDecompressIsBounded gives it a small frame that becomes a large body.
func TestDecompressIsBounded(t *testing.T) {
	encoder, err := newEncoder()
	if err != nil {
		t.Fatal(err)
	}
	defer encoder.Close()
	packed := encoder.EncodeAll(make([]byte, 1<<20), nil)
	if len(packed) > 1<<10 {
		t.Fatalf("1 MiB of zeros takes %d bytes", len(packed))
	}
	if _, err := decompress(packed, 1<<20-1); err == nil {
		t.Error("more than the limit came out")
	}
	if body, err := decompress(packed, 1<<20); err != nil || len(body) != 1<<20 {
		t.Errorf("exactly the limit: %d bytes, %v", len(body), err)
	}
}

func FuzzLoad(f *testing.F) {
	for _, n := range []int64{0, 1, 42} {
		body, _, err := encode(numbered(n))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	golden, err := os.ReadFile(filepath.Join("testdata", "state-1"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	f.Add([]byte(magic + "\x01"))
	f.Add([]byte(magic + "\x02newer"))
	encoder, err := newEncoder()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, _, err := parse(data); err == nil && !bytes.HasPrefix(data, []byte(magic)) {
			t.Error("something else is taken for a state")
		}
		if len(data) < 1<<20 { // a frame that is none, with a checksum that is right
			_, _ = decompress(data, 1<<20)
		}
		file, err := seal(encoder, data) // no checksum shields the decoder
		if err != nil {
			t.Fatal(err)
		}
		state, _, err := parse(file)
		if err != nil {
			return
		}
		// What has been read can be written, and read again as the same.
		body, _, err := encode(state)
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := decode(body)
		if err != nil {
			t.Fatal(err)
		}
		if !equal(t, again, state) {
			t.Error("a state changes by being written and read")
		}
	})
}
