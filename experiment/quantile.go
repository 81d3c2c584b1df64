package experiment

import "math"

// normal975 is the normal quantile that Woodruff's limits are commonly taken at.
const normal975 = 1.96

// leastBeyond is how many independent observations there must be beyond a
// quantile.
const leastBeyond = 10

// Quantile is a quantile of an arm's latencies, in milliseconds, with an interval
// that describes: no verdict rests on it.
type Quantile struct {
	Value, Low, High float64 // High is +Inf where it is open

	// ShareError is the standard error of the share of latencies below Value: the
	// larger one of the arm's own and of the one that both arms have if the
	// variant changes nothing.
	ShareError float64

	// Beyond is to how many independent latencies beyond Value those of the
	// clients come; Enough whether there are 10.
	Beyond float64
	Enough bool
}

// QuantilePair is a quantile of an arm and of the control, and their difference.
type QuantilePair struct {
	Arm, Control   Quantile
	Difference     float64 // milliseconds
	DifferenceLow  float64 // -Inf: open
	DifferenceHigh float64 // +Inf: open
	Ratio, Low     float64
	High           float64 // +Inf: open
	Enough         bool    // for both
	Indistinct     bool    // apart by less than a millisecond, or than a bucket
	AboveRange     bool    // the quantile itself lies above what is measured
}

// NewQuantilePair compares the quantile p of two arms, of which pi is the arm's
// configured share of both. The interval of each is Woodruff's: the quantiles at p
// plus and minus c standard errors of the share below, by groups of clients
// (Woodruff, "Confidence intervals for medians and other position measures",
// Journal of the American Statistical Association 47(260), 1952; Deng, Knoblich and
// Lu, arXiv 1803.06336, section 4); that of the difference is made of both by Zou and
// Donner ("Construction of confidence limits about effect measures", Statistics in
// Medicine 27(10), 2008). c is the CriticalZ of the threshold for what the interval
// is at 1.96, so that it may be looked at at any time.
//
// It reports false without latencies in one of the arms.
func NewQuantilePair(arm, control *Latencies, p, pi, threshold float64) (QuantilePair, bool) {
	total1, total0 := arm.total(), control.total()
	if sum(total1) <= 0 || sum(total0) <= 0 || !(pi > 0 && pi < 1) {
		return QuantilePair{}, false
	}
	pooled := make([]float64, len(total1))
	for bucket := range pooled {
		pooled[bucket] = total1[bucket] + total0[bucket]
	}
	middle := at(pooled, p)
	squares := pooledSquares(arm, control, p, middle)
	rate := arm.value(middle)
	pair := QuantilePair{
		Arm:     newQuantile(arm, total1, p, pi*squares, rate, threshold),
		Control: newQuantile(control, total0, p, (1-pi)*squares, rate, threshold),
	}
	pair.Enough = pair.Arm.Enough && pair.Control.Enough
	pair.compare(arm)
	return pair, true
}

// pooledSquares is the sum of the squares of the residuals at the pooled quantile,
// by group and arm. Residuals are whole, without weights or a cap: these groups are
// few, and less would make intervals too short.
func pooledSquares(arm, control *Latencies, p float64, middle place) (squares float64) {
	for _, latencies := range []*Latencies{arm, control} {
		for _, group := range latencies.Groups {
			u := below(group, middle) - float64(p*size(group))
			squares += float64(u * u)
		}
	}
	return squares
}

// newQuantile works out the quantile p of an arm. pooled is the variance of the
// number of latencies below it if the variant changes nothing.
func newQuantile(l *Latencies, total []float64, p, pooled, rate, threshold float64) Quantile {
	n := sum(total)
	middle := at(total, p)
	variance := max(ownVariance(l, p, middle), pooled/(n*n))
	q := Quantile{Value: l.value(middle), ShareError: math.Sqrt(variance)}
	q.Beyond = n * (1 - p)
	if variance > 0 {
		q.Beyond = min(q.Beyond, p*(1-p)/variance*(1-p))
	}
	q.Enough = q.Beyond >= leastBeyond
	q.Low, q.High = l.woodruff(total, p, q.ShareError, normal975)
	c := CriticalZ(spread(q)/(2*normal975), rate, threshold)
	switch {
	case math.IsInf(c, 1):
		q.Low, q.High = 0, math.Inf(1)
	case c > 0:
		q.Low, q.High = l.woodruff(total, p, q.ShareError, c)
	}
	return q
}

// spread is the width of an interval, twice its lower part if the upper end is
// open.
func spread(q Quantile) float64 {
	if math.IsInf(q.High, 1) {
		if math.IsInf(q.Value, 1) {
			return 0
		}
		return 2 * (q.Value - q.Low)
	}
	return q.High - q.Low
}

// ownVariance is the variance of the share of an arm's latencies below a place, by
// its groups of clients.
func ownVariance(l *Latencies, p float64, middle place) float64 {
	groups, n, squares := 0.0, 0.0, 0.0
	for _, group := range l.Groups {
		count := size(group)
		if count <= 0 {
			continue
		}
		groups++
		n += count
		r := below(group, middle) - float64(p*count)
		squares += float64(r * r)
	}
	if groups < 2 {
		return 1 // of one group nothing is known
	}
	return groups / (groups - 1) * squares / (n * n)
}

// woodruff returns the quantiles at p minus and plus c standard errors.
func (l *Latencies) woodruff(total []float64, p, standardError, c float64) (low, high float64) {
	reach := float64(c * standardError)
	if p-reach > 0 {
		low = l.value(at(total, p-reach))
	}
	high = math.Inf(1)
	if p+reach < 1 {
		high = l.value(at(total, p+reach))
	}
	return low, high
}

// Mover returns the interval of the difference of two figures by their own
// intervals (method of variance estimates recovery; Zou and Donner 2008). Open ends
// stay open.
func Mover(value, low, high, control, controlLow, controlHigh float64) (differenceLow, differenceHigh float64) {
	d := value - control
	return d - math.Hypot(value-low, controlHigh-control), d + math.Hypot(high-value, control-controlLow)
}

// compare works out the difference and the ratio. Below half a millisecond,
// logarithms would tell apart what clocks cannot.
func (q *QuantilePair) compare(l *Latencies) {
	a, c := q.Arm, q.Control
	if math.IsInf(a.Value, 1) || math.IsInf(c.Value, 1) {
		q.AboveRange, q.Enough = true, false
		q.DifferenceLow, q.DifferenceHigh = math.Inf(-1), math.Inf(1)
		q.Ratio, q.Low, q.High = 1, 0, math.Inf(1)
		return
	}
	q.Difference = a.Value - c.Value
	q.DifferenceLow, q.DifferenceHigh = Mover(a.Value, a.Low, a.High, c.Value, c.Low, c.High)
	low, high := Mover(ln(a.Value), ln(a.Low), ln(a.High), ln(c.Value), ln(c.Low), ln(c.High))
	q.Ratio, q.Low, q.High = math.Exp(ln(a.Value)-ln(c.Value)), math.Exp(low), math.Exp(high)
	q.Indistinct = math.Abs(q.Difference) < max(l.resolution(a.Value), l.resolution(c.Value))
}

func ln(milliseconds float64) float64 { return math.Log(max(0.5, milliseconds)) }
