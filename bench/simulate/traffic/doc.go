// Package traffic makes the traffic of sites with clients who come back: uneven in
// how active they are, how often their requests fail and how long they take.
//
// In comes a Site, the splits that its clients are assigned by, and a seed; out come
// requests in the order of time, look by look, each with the arms that the splits
// themselves give its client. Who fails, who is busy and when is drawn without regard
// to the arms, unless the Site has an Effect: that is what an experiment is there to
// find.
//
// A Stream owns its clients and is used by one goroutine. Everything is a function of
// Site, splits and seed.
package traffic
