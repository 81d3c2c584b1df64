// Package experiment says what the arms of an A/B test tell about each other,
// and when they tell nothing.
//
// In come integer sums by group of clients, as package aggregator keeps them,
// with the shares that were configured. Out comes a [Result]: the verdict
// first, then for every variant and metric the ratio to the control with an
// interval, the evidence, and what could have been detected; assumptions and
// notes are part of it. [Compare] does all of it; the tests that it is made of
// can be used on their own.
//
// The unit is the client, never the request: requests of one client resemble
// each other, and a test that takes them for independent calls most splits
// different that are not. Which arm a client is in was drawn at random by the
// split, and that is all the randomness that is used: under the hypothesis that
// the variant changes nothing for anyone (the sharp null), who fails and who is
// busy is given, and only the split could have come out otherwise.
//
// Evidence is a sequential likelihood ratio: it may be looked at as often as one
// likes. That this holds over time rests on simulation, not on a theorem: the
// method also assumes that what happened so far does not steer how much chance
// there is in what follows.
//
// Sums of products are written float64(x*y) + z: without the conversion some
// architectures would round once instead of twice, and give other last digits.
//
// For every metric less is better. Functions are pure: no clock, no files, no
// state; they only read what they are given, and equal input gives equal output.
package experiment
