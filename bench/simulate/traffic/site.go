package traffic

// Site says what traffic a site has. The zero value of most fields leaves something
// out.
type Site struct {
	Clients  int
	Requests float64 // of a client, on average
	Looks    int     // into which the time is divided; each is one minute

	Activity Activity // how uneven the numbers of requests are
	Arrival  Arrival  // when clients are there
	Growth   float64  // how much more active those are who come a look later, 0.07 for 7 %

	Errors      float64 // probability that a request fails
	ProneShare  float64 // of clients, whose requests fail more often:
	ProneErrors float64

	Slowness float64 // standard deviation between clients of the logarithm of the latency

	Heavy Heavy // few clients with much of the traffic

	Diurnal bool    // load goes up and down, and latency with it
	Outage  int     // the look in which nine of ten requests fail, from 1; AnyLook for a drawn one
	Retry   float64 // probability that a failed request is tried again at once, in vain and slowly
	Rotate  float64 // probability that a client has a new key with its next request

	BurstEvery float64 // requests to one that begins a burst
	Burst      int     // failures in a row of one client

	Effect Effect
}

// AnyLook stands for a look that is drawn.
const AnyLook = -1

// Activity is a distribution of clients' shares of the requests.
type Activity struct {
	LogNormal float64 // standard deviation of the logarithm, or
	Pareto    float64 // exponent of the tail
}

// Arrival is when clients come and go.
type Arrival uint8

// The ways in which clients come.
const (
	Always   Arrival = iota // there from the beginning to the end
	Starting                // come at a look that is drawn, and stay
	Sessions                // come, and stay for up to a fifth of the looks
)

// Heavy are clients who each make a share of all requests.
type Heavy struct {
	Clients                 int
	Least, Most             float64 // share of all requests, drawn between them by logarithm
	LeastErrors, MostErrors float64 // probability that one fails
}

// Effect is what an arm does to the requests of its clients.
type Effect struct {
	Split, Arm int     // their numbers
	Errors     float64 // times as many; 0 for no effect
	Latency    float64 // times as long; 0 for no effect

	HarmedShare  float64 // of the arm's clients, whose requests fail as often as
	HarmedErrors float64
}

// errorRate is the mean probability that a request of an ordinary client fails.
func (s *Site) errorRate() float64 {
	return s.Errors*(1-s.ProneShare) + s.ProneErrors*s.ProneShare
}

// TrueErrorRatio is the rate of errors with the effect as a multiple of the one
// without it, if all clients had it.
func (s *Site) TrueErrorRatio() float64 {
	e := s.Effect
	ratio := 1.0
	if e.Errors > 0 {
		ratio = e.Errors
	}
	if e.HarmedShare > 0 {
		ratio = 1 - e.HarmedShare + e.HarmedShare*e.HarmedErrors/s.errorRate()
	}
	return ratio
}

const (
	medianLatency  = 120 // milliseconds
	requestSpread  = 0.8 // standard deviation of the logarithm between requests of a client
	outageErrors   = 0.9
	outageLatency  = 5
	retryLatency   = 6
	diurnalSwing   = 0.7 // of load and of latency
	diurnalLooks   = 25  // a day
	sessionsPart   = 5   // a session takes at most this part of the looks
	StartTime      = int64(1_764_000_000_000)
	lookDuration   = int64(60_000)
	latencyEntries = 4096
)
