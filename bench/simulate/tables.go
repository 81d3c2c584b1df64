package main

import (
	"fmt"

	"github.com/splitgauge/splitgauge/bench/simulate/traffic"
	"github.com/splitgauge/splitgauge/experiment"
)

func tables() []table {
	return []table{falsePositives(), intervalTable(), powerTable(), splitTable()}
}

// base is the site that the others differ from.
func base() traffic.Site {
	return traffic.Site{
		Clients: 20_000, Requests: 20, Looks: 100,
		Activity: traffic.Activity{LogNormal: 1.2},
		Errors:   0.004, ProneShare: 0.05, ProneErrors: 0.12,
		Slowness: 0.5,
	}
}

// clean is a site where hardly anything fails.
func clean() traffic.Site {
	site := base()
	site.Errors, site.ProneShare, site.ProneErrors = 5e-5, 0, 0
	return site
}

func with(site traffic.Site, change func(site *traffic.Site)) traffic.Site {
	change(&site)
	return site
}

func bigBots(s *traffic.Site) {
	s.Heavy = traffic.Heavy{Clients: 25, Least: 0.001, Most: 0.03, LeastErrors: 0.3, MostErrors: 0.9}
}

func gateways(s *traffic.Site) {
	s.Heavy = traffic.Heavy{Clients: 40, Least: 0.015, Most: 0.015, LeastErrors: 0.004, MostErrors: 0.02}
}

func pareto(exponent float64) func(*traffic.Site) {
	return func(s *traffic.Site) { s.Activity = traffic.Activity{Pareto: exponent} }
}

func small(clients int) func(*traffic.Site) {
	return func(s *traffic.Site) { s.Clients, s.Requests = clients, 100 }
}

func falsePositives() table {
	rows := []row{
		{name: "base", words: "log-normal activity (1.2), client latency (0.5), 5 % of clients with 12 % errors, the others 0.4 %", site: base(), aim: 0.4},
		{name: "Pareto 1.3", words: "activity with a Pareto tail of exponent 1.3", site: with(base(), pareto(1.3))},
		{name: "Pareto 1.1", words: "and of 1.1", site: with(base(), pareto(1.1))},
		{name: "500 clients", words: "a small site, 100 requests a client", site: with(base(), small(500))},
		{name: "2000 clients", words: "a small site, 100 requests a client", site: with(base(), small(2000))},
		{name: "arrival", words: "clients come at a look that is drawn, and stay", site: with(base(), func(s *traffic.Site) { s.Arrival = traffic.Starting })},
		{name: "sessions", words: "clients come at a look that is drawn, and stay for 1 to 20 of the 100 looks, with ten times the rate", site: with(base(), func(s *traffic.Site) { s.Arrival = traffic.Sessions })},
		{name: "diurnal", words: "load goes up and down by 70 %, latency with it", site: with(base(), func(s *traffic.Site) { s.Diurnal = true })},
		{name: "outage", words: "a minute that is drawn, in which nine of ten requests fail, five times as slowly", site: with(base(), func(s *traffic.Site) { s.Outage = traffic.AnyLook })},
		{name: "outage first", words: "the same in the first minute", site: with(base(), func(s *traffic.Site) { s.Outage = 1 })},
		{name: "retries", words: "who fails tries again at once, with a probability of 92 % each time, and fails, six times as slowly", site: with(base(), func(s *traffic.Site) { s.Retry = 0.92 })},
		{name: "gateways", words: "40 clients make 60 % of the requests", site: with(base(), gateways)},
		{name: "big bots", words: "25 clients each make 0.1 to 3 % of the requests, of which 30 to 90 % fail", site: with(base(), bigBots)},
		{name: "small bots", words: "40 clients each make 0.03 to 0.09 % of the requests, all of which fail, on a site where else 0.005 % do", site: with(clean(), func(s *traffic.Site) {
			s.Heavy = traffic.Heavy{Clients: 40, Least: 0.0003, Most: 0.0009, LeastErrors: 1, MostErrors: 1}
		})},
		{name: "rotation", words: "clients have a new key every 25 requests or so", site: with(base(), func(s *traffic.Site) { s.Rotate = 1.0 / 25 })},
		{name: "growing tail", words: "clients come at a look that is drawn, with a Pareto activity of exponent 1.5 that grows by 7 % a look", site: with(base(), func(s *traffic.Site) {
			s.Arrival, s.Growth, s.Activity = traffic.Starting, 0.07, traffic.Activity{Pareto: 1.5}
		})},
		{name: "bursts", words: "one of 8000 requests begins 60 failures in a row of its client", site: with(base(), bursts)},
		{name: "bursts, clean", words: "the same on a site where else 0.005 % fail", site: with(clean(), bursts)},
		{name: "very clean", words: "0.005 % of the requests of all clients fail", site: clean()},
	}
	for i := range rows {
		rows[i].start, rows[i].count = startNothingDiffers, countNothingDiffers
	}
	return table{
		name: "false positives", title: "### Verdicts where nothing differs",
		text: "Share of runs with a verdict at any of 100 looks, with its 99 % interval. The columns of metrics take a test for itself, with all of " +
			"5 %; *experiment* is any verdict of any arm with the default, 5 % for all arms and metrics together. At most 5 % are wanted of both. " +
			"*Requests* is what the usual test finds that takes requests for independent, at 5 %, for server errors. " +
			"A run that is refused has found nothing.",
		head: "| site | arm | errors_5xx | slow_share | latency_mean | experiment | requests | refused |\n|---|---|---|---|---|---|--:|---|\n",
		rows: rows,
	}
}

func bursts(s *traffic.Site) { s.BurstEvery, s.Burst = 8000, 60 }

func intervalTable() table {
	rows := []row{
		effectRow("errors ×4 in 0.5 %", base(), traffic.Effect{Split: ofThree, Arm: one, Errors: 4}),
		effectRow("errors ×2.2 in 2 %", base(), traffic.Effect{Split: ofThree, Arm: two, Errors: 2.2}),
		effectRow("errors ×0.4 in 2 %", base(), traffic.Effect{Split: ofThree, Arm: two, Errors: 0.4}),
		effectRow("half of the requests of 1 % of the clients fail, in 2 %", base(), traffic.Effect{Split: ofThree, Arm: two, HarmedShare: 0.01, HarmedErrors: 0.5}),
		effectRow("half of the requests of 5 % of the clients fail, in 2 %", base(), traffic.Effect{Split: ofThree, Arm: two, HarmedShare: 0.05, HarmedErrors: 0.5}),
		effectRow("gateways, errors ×2.2 in 2 %", with(base(), gateways), traffic.Effect{Split: ofThree, Arm: two, Errors: 2.2}),
		effectRow("errors ×1.3 in 50 %", base(), traffic.Effect{Split: ofHalves, Arm: half, Errors: 1.3}),
		effectRow("latency ×1.2 in 2 %", base(), traffic.Effect{Split: ofThree, Arm: two, Latency: 1.2}),
	}
	return table{
		name: "intervals", title: "### Intervals where something differs",
		text: fmt.Sprintf("Share of runs whose interval misses the true ratio at any of %d looks (every %dth of 100), with its 99 %% interval; at most 5 %% are wanted. "+
			"The interval has all of 5 %% for itself, server errors half of it, the other half being the affected clients'. *Disagree* counts runs in which it excluded "+
			"1 at a look and the score test did not fire, or the other way round: none are wanted. *Excludes 1*: at any look. Estimate and interval: medians at the last look.", 100/intervalEvery, intervalEvery),
		head: "| difference | metric | truth | missed | disagree | excludes 1 | estimate | interval | open at the end | never any |\n|---|---|--:|---|--:|--:|--:|---|--:|--:|\n",
		rows: rows,
	}
}

func effectRow(name string, site traffic.Site, effect traffic.Effect) row {
	site.Effect = effect
	r := row{name: name, site: site, metric: experiment.Errors5xx, truth: site.TrueErrorRatio(), start: startIntervals, count: countIntervals}
	if effect.Latency > 0 {
		r.metric, r.truth = experiment.LatencyMean, effect.Latency
	}
	return r
}

func powerTable() table {
	rows := []row{
		{name: "40 000 clients, 2 %, errors 1 → 2.2 %", aim: 0.95,
			site: with(base(), func(s *traffic.Site) {
				s.Clients, s.Effect = 40_000, traffic.Effect{Split: ofThree, Arm: two, Errors: 2.2}
			})},
		{name: "20 000 clients, 0.5 %, errors ×4", aim: 0.85,
			site: with(base(), func(s *traffic.Site) { s.Effect = traffic.Effect{Split: ofThree, Arm: one, Errors: 4} })},
		{name: "Pareto 1.3, 2 %, errors ×2.2", aim: 0.8,
			site: with(with(base(), pareto(1.3)), func(s *traffic.Site) { s.Effect = traffic.Effect{Split: ofThree, Arm: two, Errors: 2.2} })},
		{name: "clean site, 0.5 %, errors 0.002 % → 5 %", aim: 1,
			site: with(clean(), func(s *traffic.Site) {
				s.Errors, s.Effect = 2e-5, traffic.Effect{Split: ofThree, Arm: one, Errors: 2500}
			})},
		{name: "big bots, 2 %, errors ×3", aim: 0.95,
			site: with(with(base(), bigBots), func(s *traffic.Site) { s.Effect = traffic.Effect{Split: ofThree, Arm: two, Errors: 3} })},
	}
	for i := range rows {
		rows[i].metric, rows[i].start, rows[i].count = experiment.Errors5xx, startPower, countPower
	}
	return table{
		name: "power", title: "### Differences that are found",
		text: "Share of runs with WORSE for the arm's server errors at any of 100 looks, with its 99 % interval: *alone* with all of 5 % for this test, as false " +
			"positives are counted; *found* with the default, 5 % for all arms and metrics together. *Looks* is the median number of looks that the latter took, of 100.",
		head: "| difference | aim | alone | found | looks | refused |\n|---|--:|---|---|--:|--:|\n",
		rows: rows,
	}
}

func splitTable() table {
	rows := []row{
		{name: "200 000 clients, 20 % of the 0.5 % arm missing", site: traffic.Site{Clients: 200_000, Looks: 100}, loss: 0.2, aim: 0.95},
		{name: "5 000 clients, 90 % of the 0.5 % arm missing", site: traffic.Site{Clients: 5_000, Looks: 100}, loss: 0.9, aim: 0.9},
		{name: "nobody missing, from 100 to 400 000 clients", site: traffic.Site{Clients: 400_000, Looks: 200}},
	}
	for i := range rows {
		rows[i].start, rows[i].count = startSplitCheck, countSplitCheck
	}
	return table{
		name: "split", title: "### Splits that are refused",
		text: "Share of runs with SPLIT NOT AS CONFIGURED at any look, with its 99 % interval. Where clients are missing, looks are evenly spread over the clients; " +
			"where nobody is, each is at 4 % more clients than the one before.",
		head: "| clients | split | looks | aim | refused | at the last look |\n|---|---|--:|--:|---|--:|\n",
		rows: rows,
	}
}
