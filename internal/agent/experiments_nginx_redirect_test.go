package agent

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/experiment"
	"github.com/splitgauge/splitgauge/internal/nginxtest"
)

// redirectCase is a way to keep the key of a split that is an argument of the
// request, where failing requests are redirected to a page that says so: such a
// redirect drops the query.
type redirectCase struct {
	name   string
	key    string // variable that is the key
	http   string // directives that make it
	server string
	place  string // of the location whose requests fail
	early  bool   // the variant is used before the redirect
	page   string // of the error; default a URI

	verdict experiment.Verdict // default: an answer, of the true figures
	cause   []string           // what it has to name
	advice  bool               // and it says how to keep the key
}

var redirectCases = []redirectCase{
	{
		name: "argument, used before the redirect", key: "arg_user", early: true,
		verdict: experiment.AssignmentBroken, cause: []string{"internal redirect", "error_page", "$arg_user"}, advice: true,
	},
	{
		name: "argument, used when it is logged", key: "arg_user",
		verdict: experiment.LogIncomplete, cause: []string{"internal redirect", "error_page", "$arg_user"}, advice: true,
	},
	// nginx runs what stands in the server again after a redirect.
	{
		name: "set in the server, used before", key: "client_key", server: "set $client_key $arg_user;", early: true,
		verdict: experiment.AssignmentBroken, cause: []string{"key without a value"},
	},
	{
		name: "set in the server, used when it is logged", key: "client_key", server: "set $client_key $arg_user;",
		verdict: experiment.LogIncomplete, cause: []string{"key without a value"},
	},
	// What keeps the key.
	{name: "set in the location, used before", key: "client_key", place: "set $client_key $arg_user;", early: true},
	{name: "set in the location, used when it is logged", key: "client_key", place: "set $client_key $arg_user;"},
	{name: "map, used before", key: "client_key", http: requestMap, early: true},
	{name: "map, used when it is logged", key: "client_key", http: requestMap},
	{name: "named location, used before", key: "arg_user", page: "@sorry", early: true},
	{name: "named location, used when it is logged", key: "arg_user", page: "@sorry"},
}

// requestMap takes the key out of what the client asked for, which no redirect
// changes.
const requestMap = `map $request_uri $client_key { "~*[?&]user=([^&]*)" $1; }`

// TestRedirectsOnNginx has a real nginx redirect failing requests to an error page.
// Where that breaks the split or the log, the cause has to be named; where the
// configuration keeps the key, there must be an answer and the figures be true.
func TestRedirectsOnNginx(t *testing.T) {
	for _, test := range redirectCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newRedirects(t, &test)
			r, cause := s.compare(s.server.Conf, s.log)
			if test.verdict == "" {
				s.wantRightVariants(r, cause)
				return
			}
			s.wantVerdict(r, test.verdict)
			for _, want := range test.cause {
				if !strings.Contains(cause, want) {
					t.Errorf("cause %q; want it to name %q", cause, want)
				}
			}
			if !test.advice {
				return
			}
			advised := test
			advised.key, advised.http = "client_key", advisedMap.FindString(cause)
			s = newRedirects(t, &advised)
			r, cause = s.compare(s.server.Conf, s.log)
			s.wantRightVariants(r, cause)
		})
	}
}

// advisedMap is what a cause says that nginx's configuration should have.
var advisedMap = regexp.MustCompile(`map \$request_uri \$client_key \{.*\}`)

// redirects is a site whose failing requests are redirected.
type redirects struct {
	*site
	requests int64
	failing  map[string]int64 // by client
}

// newRedirects has clients make their requests of an nginx.
func newRedirects(t *testing.T, test *redirectCase) *redirects {
	t.Helper()
	server := startRedirects(t, test)
	requests, failing := redirectCrowd()
	truth := sendSite(t, server.Addresses[0], 16, requests)
	s := &site{t: t, server: server, truth: truth, log: filepath.Join(server.Prefix, "access.log")}
	s.waitForLines(s.log, len(requests))
	return &redirects{s, int64(len(requests)), failing}
}

// startRedirects starts an nginx that splits clients by a key between two variants,
// whatever is asked for but /fail works, and failing requests get a page.
func startRedirects(t *testing.T, test *redirectCase) *nginxtest.Server {
	t.Helper()
	place := test.place
	if test.early {
		place += ` proxy_set_header X-Variant "$variant";`
	}
	return nginxtest.Start(t, nginxtest.Config{Ports: 2, HTTP: func(addresses []string) string {
		return test.http + `
split_clients "$` + test.key + `" $variant { 50% .one; * ""; }
log_format split '$remote_addr [$msec] "$request" $status $body_bytes_sent $request_time "$` + test.key + `" "$variant"';
keepalive_requests 1000000;
server {
    listen ` + addresses[0] + `;
    access_log access.log split;
    add_header X-Variant "$variant" always;
    proxy_intercept_errors on;
    error_page 502 503 ` + cmp.Or(test.page, "/sorry") + `;
    ` + test.server + `
    location / {
        ` + place + `
        proxy_pass http://` + addresses[1] + `;
    }
    location = /sorry { return 200 "sorry\n"; }
    location @sorry { return 200 "sorry\n"; }
}
server {
    listen ` + addresses[1] + `;
    location / { return 200 "hello\n"; }
    location /fail { return 503; }
}`
	}})
}

// redirectCrowd returns requests, a few of each client, and how many of a client's
// fail: not all.
func redirectCrowd() (requests []siteRequest, failing map[string]int64) {
	random, failing := rand.New(rand.NewPCG(20261125, 6)), map[string]int64{}
	for number := range 1000 {
		client := fmt.Sprintf("user-%d", number)
		requests = append(requests, siteRequest{client, "/work?user=" + client})
		for range random.IntN(8) {
			path := "/work"
			if random.IntN(20) == 0 {
				path = "/fail"
				failing[client]++
			}
			requests = append(requests, siteRequest{client, path + "?a=b&user=" + client})
		}
	}
	random.Shuffle(len(requests), func(i, j int) { requests[i], requests[j] = requests[j], requests[i] })
	return requests, failing
}

// wantRightVariants wants an answer; each client to be in one variant, whether its
// requests fail or not; and the report to say so.
func (s *redirects) wantRightVariants(r *experiment.Result, cause string) {
	s.t.Helper()
	if r.Verdict.Refusal() || cause != "" || r.Assignment.Mismatches != 0 || r.Assignment.Checked != s.requests {
		s.t.Errorf("%s: %s %s, assignment %+v; want an answer, and no mismatch", r.Verdict, r.Reason, cause, r.Assignment)
	}
	s.wantSilence(r, ".one")
	one, control := s.truth.of(".one"), s.truth.of("")
	if len(one.clients)+len(control.clients) != 1000 {
		s.t.Errorf("%d clients are in .one and %d in the control; want each in one of both", len(one.clients), len(control.clients))
	}
	v, name := s.variant(r, ".one"), r.Control.Name
	if name != "" || v.Clients != int64(len(one.clients)) || v.Requests != one.requests || r.Control.Requests != control.requests {
		s.t.Errorf("%d clients and %d requests in .one, %d requests in %q; want %d and %d, %d in the control",
			v.Clients, v.Requests, r.Control.Requests, name, len(one.clients), one.requests, control.requests)
	}
	failed := func(counts *siteCounts) (n float64) {
		for client := range counts.clients {
			n += float64(s.failing[client])
		}
		return n / float64(counts.requests)
	}
	m := s.metric(r, ".one", "errors_5xx")
	if got, want := [2]float64{m.Value, m.Control}, [2]float64{failed(one), failed(control)}; got != want {
		s.t.Errorf("errors_5xx %v; want %v", got, want)
	}
}
