package experiment

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestRoot finds roots of straight, bent, flat and broken functions, in few steps
// more than halving would take.
func TestRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Float64Range(-6, 6).Draw(t, "root")
		shape := rapid.SampledFrom([]func(float64) float64{
			func(x float64) float64 { return x },
			math.Cbrt,
			func(x float64) float64 { return x * x * x },
			math.Sinh,
			func(x float64) float64 { return math.Copysign(1, x) },
			func(x float64) float64 { return x + math.Copysign(1e-3, x) },
		}).Draw(t, "shape")
		a, b := -6.5, 6.5
		if rapid.Bool().Draw(t, "downwards") {
			a, b = b, a
		}
		steps := 0
		f := func(x float64) float64 {
			steps++
			return shape(x - want)
		}
		inside, outside := root(a, b, shape(a-want), shape(b-want), f)
		if math.Abs(inside-outside) > rootWidth || math.Abs(inside-want) > rootWidth {
			t.Fatalf("between %v and %v, want %v", inside, outside, want)
		}
		if shape(inside-want) != 0 && shape(inside-want) > 0 != (shape(a-want) > 0) {
			t.Fatal("the ends are the wrong way round")
		}
		if most := int(math.Ceil(math.Log2(13/rootWidth))) + 3; steps > most {
			t.Fatalf("%d steps, halving takes %d", steps, most)
		}
	})
}
