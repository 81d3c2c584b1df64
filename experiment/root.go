package experiment

import "math"

// rootWidth is to how little a root is narrowed down.
const rootWidth = 1e-11

// root narrows down where f changes its sign between a and b, where it is fa and fb.
// What it returns are two neighbours, the first with the sign of f at a. It bisects,
// but where f is nearly straight, in far fewer steps and never in many more (the ITP
// method; Oliveira and Takahashi, "An enhancement of the bisection method average
// performance preserving minmax optimality", ACM Transactions on Mathematical Software
// 47(1), 2020; with k1 = 0.2/(b-a), k2 = 2, n0 = 1).
func root(a, b, fa, fb float64, f func(float64) float64) (inside, outside float64) {
	width := math.Abs(b - a)
	if width <= rootWidth {
		return a, b
	}
	positive := fa > 0
	most := math.Ceil(math.Log2(width/rootWidth)) + 1
	for step := 0.0; math.Abs(b-a) > rootWidth; step++ {
		x := between(a, b, fa, fb, width, math.Ldexp(rootWidth/2, int(most-step)))
		if x == a || x == b {
			x = a + (b-a)/2
		}
		if fx := f(x); fx > 0 == positive && fx != 0 {
			a, fa = x, fx
		} else {
			b, fb = x, fx
		}
	}
	return a, b
}

// between returns where to look next: where a straight line would be 0, moved
// towards the middle a little, and to within a reach of it.
func between(a, b, fa, fb, width, reach float64) float64 {
	middle := a + (b-a)/2
	straight := middle
	if fa != fb {
		straight = (float64(fb*a) - float64(fa*b)) / (fb - fa)
	}
	toMiddle := middle - straight
	shift := max(0.2/width*(b-a)*(b-a), rootWidth/2)
	x := middle
	if shift <= math.Abs(toMiddle) {
		x = straight + math.Copysign(shift, toMiddle)
	}
	if most := max(0, reach-math.Abs(b-a)/2); math.Abs(x-middle) > most {
		x = middle - math.Copysign(most, toMiddle)
	}
	return x
}
