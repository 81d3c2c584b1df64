package experiment

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// splitConcentrations are the concentrations of the Dirichlet priors of the split
// check: from splits that are far from the configured one to those that are close.
// One alone sees nothing on small sites or little on large ones.
var splitConcentrations = [4]float64{1e2, 1e3, 1e4, 1e5}

// splitThreshold is the mean Bayes factor from which a split is not as configured:
// the reciprocal of the p < 0.0005 that is usual for this check (Fabijan and others,
// "Diagnosing sample ratio mismatch in online controlled experiments", KDD 2019).
const splitThreshold = 2000

// LnSplitEvidence is the logarithm of the Bayes factor against a split of counts by
// shares, which add up to 1: a Dirichlet prior with parameters concentration·share
// to the shares themselves. It is the same whatever the order in which clients came,
// and 1/α of it may be acted on at any time (Lindon and Malek, "Anytime-valid
// inference for multinomial count data", arXiv 2011.03567, section 3).
func LnSplitEvidence(counts []int64, shares []float64, concentration float64) float64 {
	total, n := 0.0, 0.0
	for v, p := range shares {
		total += float64(concentration * p)
		n += float64(counts[v])
	}
	ln := lnGamma(total) - lnGamma(total+n)
	for v, p := range shares {
		count := float64(counts[v])
		alpha := float64(concentration * p)
		switch {
		case count <= 0:
		case p <= 0:
			return math.Inf(1)
		default:
			ln += lnGamma(alpha+count) - lnGamma(alpha) - float64(count*math.Log(p))
		}
	}
	return ln
}

// LnMeanSplitEvidence is the logarithm of the mean of LnSplitEvidence's Bayes
// factors over the concentrations 100, 1000, 10000 and 100000: still one Bayes
// factor, of a mixture.
func LnMeanSplitEvidence(counts []int64, shares []float64) float64 {
	var terms [len(splitConcentrations)]float64
	for i, concentration := range splitConcentrations {
		terms[i] = LnSplitEvidence(counts, shares, concentration)
	}
	return logMeanExp(terms[:])
}

// ChiSquare is Pearson's test of a split of counts by shares, which add up to 1,
// for one look. It reports false where fewer than 5 are expected anywhere or there
// are fewer than two counts: its distribution is another one then.
func ChiSquare(counts []int64, shares []float64) (statistic, pValue float64, ok bool) {
	n := 0.0
	for _, count := range counts {
		n += float64(count)
	}
	for v, p := range shares {
		expected := float64(n * p)
		if !(expected >= 5) {
			return 0, 1, false
		}
		off := float64(counts[v]) - expected
		statistic += off * off / expected
	}
	if len(shares) < 2 {
		return 0, 1, false
	}
	return statistic, distuv.ChiSquared{K: float64(len(shares) - 1)}.Survival(statistic), true
}

// ThinnedShares returns the shares by which counts are split of which each was
// thinned to a rate of its own: p·r over the sum of all.
func ThinnedShares(shares, rates []float64) []float64 {
	thinned := make([]float64, len(shares))
	total := 0.0
	for v, p := range shares {
		thinned[v] = float64(p * rates[v])
		total += thinned[v]
	}
	if total > 0 {
		for v := range thinned {
			thinned[v] /= total
		}
	}
	return thinned
}

// DetectableLoss is which share of an arm's clients would have to be missing to be
// seen with a probability of about 80 %, if of n clients the arm should have a share.
// It is at most 1: not even the loss of all would be seen for sure.
//
// With k the largest count of the arm, beside all clients of the others, at which the
// evidence suffices, it is the loss at which so few are left with that probability: 1 -
// (k - 0.84·sqrt(k/(1-share)))/(n·share). See ADR 8.
func DetectableLoss(n int64, share float64) float64 {
	if n <= 0 || !(share > 0 && share < 1) {
		return 1
	}
	expected, others := min(float64(n)*share, 1<<62), int64(math.Round(float64(n)*(1-share)))
	seen := func(count int) bool {
		return LnMeanSplitEvidence([]int64{int64(count), others}, []float64{share, 1 - share}) >= math.Log(splitThreshold)
	}
	// The evidence falls as the count comes up to what is expected.
	k := float64(sort.Search(int(expected), func(count int) bool { return !seen(count) }) - 1)
	if k < 0 {
		return 1
	}
	return min(1, 1-(k-PowerQuantile*math.Sqrt(k/(1-share)))/expected)
}

// SplitCheck says whether clients are split as configured. It is of distinct
// clients: over requests a perfect split would look wrong, since clients weigh many
// requests each, and since a variant may well change how many they make.
type SplitCheck struct {
	LnBayesFactor float64 // mean over four priors; above ln 2000 it is not
	Mismatch      bool
	ChiSquare     float64 // for one look; 0 with PValue 1 if too few
	PValue        float64
	Arms          []SplitArm
}

// SplitArm is an arm's part in the split check.
type SplitArm struct {
	Name           string
	Configured     float64 // share of all clients
	Clients        int64   // estimated, distinct
	Counted        int64   // of the sample that was tested
	Observed       float64 // share of all clients, estimated
	DetectableLoss float64 // share of its clients that would have to be missing
}

// NewSplitCheck tests a split of distinct clients. counts are clients of samples,
// each thinned by half levels times; shares are the configured ones of all.
//
// Each arm has its own level: raising all of them to the largest would leave a
// small arm too few clients to miss any. See ADR 8.
func NewSplitCheck(names []string, shares []float64, counts []int64, levels []int) SplitCheck {
	rates := make([]float64, len(shares))
	n, clients := int64(0), 0.0
	for v := range rates {
		rates[v] = math.Ldexp(1, -levels[v])
		n += counts[v]
		clients += math.Ldexp(float64(counts[v]), levels[v])
	}
	thinned := ThinnedShares(shares, rates)
	check := SplitCheck{LnBayesFactor: LnMeanSplitEvidence(counts, thinned)}
	check.Mismatch = check.LnBayesFactor >= math.Log(splitThreshold)
	check.ChiSquare, check.PValue, _ = ChiSquare(counts, thinned)
	for v, name := range names {
		arm := SplitArm{
			Name: name, Configured: shares[v], Counted: counts[v],
			Clients: counts[v] << levels[v], DetectableLoss: DetectableLoss(n, thinned[v]),
		}
		if clients > 0 {
			arm.Observed = math.Ldexp(float64(counts[v]), levels[v]) / clients
		}
		check.Arms = append(check.Arms, arm)
	}
	return check
}
