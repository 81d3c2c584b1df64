package experiment

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/splitclients"
)

// vectors are values that were computed independently; see testdata/README.md.
type vectors struct {
	ChiSquare    chiSquareVector `json:"srm_chi2"`
	ChiSquareBad chiSquareVector `json:"srm_chi2_bad"`
	OK10000      splitVector     `json:"srm_seq_ok_c10000"`
	OK100        splitVector     `json:"srm_seq_ok_c100"`
	Bad10000     splitVector     `json:"srm_seq_bad_c10000"`
	Bad100       splitVector     `json:"srm_seq_bad_c100"`
	Mixtures     []struct {
		N      []int64   `json:"n"`
		LnBF   []float64 `json:"lnBF"`
		LnMean float64   `json:"ln_mean"`
	} `json:"srm_mix"`
	Thinned struct {
		N         []int64 `json:"n"`
		R, W      []float64
		PValue    float64 `json:"pvalue"`
		ChiSquare float64 `json:"x2"`
	} `json:"srm_thinned"`
	RequestShare struct {
		N1      float64 `json:"N1"`
		Total   float64 `json:"tot"`
		Squares float64 `json:"sum_n2_est"`
		T       float64 `json:"t"`
		P       float64 `json:"p"`
		Naive   float64 `json:"naive_z"`
	} `json:"request_share"`
	Woodruff struct {
		H           [][]uint32
		UB          []float64 `json:"ub"`
		P           float64   `json:"p"`
		Q           float64   `json:"q"`
		SE          float64   `json:"se_F"`
		Low         float64   `json:"lo95"`
		High        float64   `json:"hi95"`
		Independent float64   `json:"iid_se_F"`
	} `json:"woodruff"`
	Mover map[string]float64 `json:"mover"`
	EBH   struct {
		E          []float64 `json:"e"`
		Alpha      float64   `json:"alpha"`
		Reject     int       `json:"reject"`
		Bonferroni int       `json:"bonferroni_reject"`
	} `json:"eBH"`
	Data struct {
		Pi             float64 `json:"pi"`
		N0, X0, N1, X1 []int64
	} `json:"data"`
	RequestCap struct {
		C2      float64   `json:"C2"`
		Weights []float64 `json:"weights"`
	} `json:"request_cap"`
	Score map[string]float64 `json:"score"`
	Ratio map[string]float64 `json:"ratio"`
	LnE4  []struct {
		Z   float64 `json:"z"`
		SE  float64 `json:"se"`
		R   float64 `json:"R"`
		LnE float64 `json:"lnE"`
	} `json:"lnE4"`
	Affected []struct {
		K1  int64   `json:"k1"`
		K0  int64   `json:"k0"`
		Pi  float64 `json:"pi"`
		LnE float64 `json:"lnE"`
	} `json:"affected"`
	Constants map[string]float64 `json:"constants"`
	Shares    []float64          `json:"exact_p"`
}

type chiSquareVector struct {
	N  []int64   `json:"n"`
	P  []float64 `json:"p"`
	X2 float64   `json:"x2"`
	PV float64   `json:"pvalue"`
}

type splitVector struct {
	N     []int64 `json:"n"`
	C     float64 `json:"c"`
	LnBF  float64 `json:"logBF"`
	PSeen float64 `json:"p_now"`
}

var vectorShares = []float64{0.005, 0.02, 0.975}

func readVectors(t testing.TB) (v vectors) {
	t.Helper()
	text, err := os.ReadFile("../testdata/experiments.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// near holds two figures to a relative difference of 1e-9.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*math.Abs(want)) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// nearSplit is near with an absolute difference of 1e-7 as well: where the
// logarithms of large gamma functions cancel, no more digits are left.
func nearSplit(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-7 {
		near(t, what, got, want)
	}
}

func TestVectorsSplit(t *testing.T) {
	v := readVectors(t)
	for _, c := range []chiSquareVector{v.ChiSquare, v.ChiSquareBad} {
		x2, p, ok := ChiSquare(c.N, c.P)
		if !ok {
			t.Error("too few for a chi-square")
		}
		near(t, "chi-square", x2, c.X2)
		near(t, "its p-value", p, c.PV)
	}
	for _, c := range []splitVector{v.OK10000, v.OK100, v.Bad10000, v.Bad100} {
		ln := LnSplitEvidence(c.N, vectorShares, c.C)
		nearSplit(t, "ln Bayes factor", ln, c.LnBF)
		nearSplit(t, "its p-value", min(1, math.Exp(-ln)), c.PSeen)
	}
	for _, c := range v.Mixtures {
		for i, concentration := range splitConcentrations {
			nearSplit(t, "ln Bayes factor", LnSplitEvidence(c.N, vectorShares, concentration), c.LnBF[i])
		}
		nearSplit(t, "ln mean", LnMeanSplitEvidence(c.N, vectorShares), c.LnMean)
	}
	shares := ThinnedShares(vectorShares, v.Thinned.R)
	for i, want := range v.Thinned.W {
		near(t, "thinned share", shares[i], want)
	}
	x2, p, _ := ChiSquare(v.Thinned.N, shares)
	near(t, "thinned chi-square", x2, v.Thinned.ChiSquare)
	near(t, "its p-value", p, v.Thinned.PValue)
	near(t, "quantile at 80 %", PowerQuantile, v.Constants["z80"])
}

func TestVectorsShares(t *testing.T) {
	split, err := splitclients.Parse(`split_clients $remote_addr $variant { 0.5% .one; 2% .two; * ""; }`, splitclients.RuleNewest)
	if err != nil {
		t.Fatal(err)
	}
	// in the order of the arms, not in that of the split
	shares := Shares(&split.Table, []*aggregator.Arm{{Name: ""}, {Name: ".one"}, {Name: ".two"}, {Name: "none"}})
	want := readVectors(t).Shares
	for i, at := range []int{2, 0, 1} {
		if shares[i] != want[at] {
			t.Errorf("share %v, want %v", shares[i], want[at])
		}
	}
	if shares[3] != 0 {
		t.Errorf("an arm that the split does not have has the share %v", shares[3])
	}
}

func TestVectorsRequestShare(t *testing.T) {
	v := readVectors(t).RequestShare
	// The vector is of 8 groups.
	statistic, p := RequestShare(v.N1, v.Total, v.Squares, 0.11, 8)
	near(t, "t", statistic, v.T)
	near(t, "its p-value", p, v.P)
	naive, _ := RequestShare(v.N1, v.Total, v.Total, 0.11, 8)
	near(t, "z of independent requests", naive, v.Naive)
}

func TestVectorsScore(t *testing.T) {
	v := readVectors(t)
	arm, control := Sums{v.Data.N1, v.Data.X1}, Sums{v.Data.N0, v.Data.X0}
	squares := make([]float64, len(arm.N))
	for g := range squares {
		squares[g] = math.Pow(float64(arm.N[g]+control.N[g]), 2)
	}
	limit, _ := Cap(squares, 5.0/64)
	near(t, "C²", limit, v.RequestCap.C2)
	weights, _ := requestWeights(arm.N, control.N)
	for g, want := range v.RequestCap.Weights {
		near(t, "weight", weights[g], want)
	}

	score, ok := NewScore(arm, control, v.Data.Pi)
	if !ok {
		t.Fatal("too little for a score")
	}
	want := v.Score
	near(t, "R", score.Rate, want["R"])
	near(t, "N1", score.N, want["N1"])
	near(t, "N0", score.Control, want["N0"])
	near(t, "C²", score.Limit*score.Limit, want["C2"])
	near(t, "U", score.Excess, want["U"])
	near(t, "S", score.Squares, want["S"])
	near(t, "z", score.Z, want["z"])
	near(t, "se", score.StandardError, want["se"])
	near(t, "lnE", LnEvidence(score.Z, score.StandardError, score.Rate), want["lnE"])

	s, _ := newScorer(arm, control, v.Data.Pi)
	near(t, "O", s.sumX1, want["O"])
	near(t, "E", score.Rate*s.sumN1, want["E"])
	s.residuals(1, score.Rate)
	plain := Score{Limit: math.Inf(1)}
	s.sumUp(&plain)
	near(t, "S without a cap", plain.Squares, want["S_plain"])
	near(t, "z without a cap", plain.Z, want["z_plain"])
}

func TestVectorsRatio(t *testing.T) {
	v := readVectors(t)
	arm, control := Sums{v.Data.N1, v.Data.X1}, Sums{v.Data.N0, v.Data.X0}
	ratio := NewRatio(arm, control, v.Data.Pi, math.Log(1/v.Ratio["alpha"]))
	near(t, "ratio without a cap", ratio.Uncapped, v.Ratio["plain"])
	near(t, "estimate", ratio.Estimate, v.Ratio["estimate"])
	near(t, "low", ratio.Low, v.Ratio["lo"])
	near(t, "high", ratio.High, v.Ratio["hi"])
}

func TestVectorsEvidence(t *testing.T) {
	v := readVectors(t)
	for _, c := range v.LnE4 {
		near(t, "lnE", LnEvidence(c.Z, c.SE, c.R), c.LnE)
		if c.LnE > 0 {
			near(t, "the z of lnE", CriticalZ(c.SE, c.R, c.LnE), c.Z)
		}
	}
	for _, c := range v.Affected {
		near(t, "lnE of affected clients", NewAffected(c.K1, c.K0, c.Pi).LnEvidence, c.LnE)
	}
	ln := make([]float64, len(v.EBH.E))
	for i, e := range v.EBH.E {
		ln[i] = math.Log(e)
	}
	if got := len(EBH(ln, v.EBH.Alpha)); got != v.EBH.Reject {
		t.Errorf("e-BH rejects %d, want %d", got, v.EBH.Reject)
	}
}

func TestVectorsQuantile(t *testing.T) {
	v := readVectors(t)
	w := v.Woodruff
	l := &Latencies{Lower: []float64{0.5, 1, 2, 4}, Upper: w.UB, Groups: w.H}
	total := l.total()
	middle := at(total, w.P)
	standardError := math.Sqrt(ownVariance(l, w.P, middle))
	near(t, "quantile", l.value(middle), w.Q)
	near(t, "standard error", standardError, w.SE)
	near(t, "standard error of independent requests", math.Sqrt(w.P*(1-w.P)/sum(total)), w.Independent)
	low, high := l.woodruff(total, w.P, standardError, normal975)
	near(t, "low", low, w.Low)
	near(t, "high", high, w.High)

	m := v.Mover
	low, high = Mover(m["qT"], m["lT"], m["uT"], m["qC"], m["lC"], m["uC"])
	near(t, "low of the difference", low, m["lo"])
	near(t, "high of the difference", high, m["hi"])
}
