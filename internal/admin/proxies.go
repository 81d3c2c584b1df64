package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Proxies are what the operator may ask and change of the proxies: values are
// written as JSON as they are. An error that wraps ErrUnknown names something
// that there is not; any other one says what is wrong with what was asked. All
// functions are called by several requests at once.
type Proxies struct {
	States  func() any // of all pools
	Explain func(pool, source, marked string) (any, error)

	// Change changes the weight or the state of a server. Nil is left as it is.
	Change func(pool, server string, weight *int, state *string) error

	// Eject leaves a server out for a time; of none, it ends that.
	Eject func(pool, server string, length time.Duration) error

	// Snippet writes a pool as an upstream block of nginx.
	Snippet func(w io.Writer, pool string) error
}

// ErrUnknown says that there is no pool or server of the name that was asked for.
var ErrUnknown = errors.New("not known")

// maxChange bounds what a change may say, in bytes.
const maxChange = 4 << 10

// longestEjection bounds an ejection by hand.
const longestEjection = 24 * time.Hour

// handleProxies adds what answers to a mux. Servers may be called by a path, as
// those on unix sockets are, so that their names take all of what is left of a
// request's, but for what is to be done.
func handleProxies(mux *http.ServeMux, p *Proxies) {
	if p == nil {
		mux.HandleFunc("/proxies", noProxies)
		mux.HandleFunc("/proxies/", noProxies)
		return
	}
	mux.HandleFunc("GET /proxies", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, p.States(), nil) })
	mux.HandleFunc("GET /proxies/{pool}/explain", func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		explanation, err := p.Explain(r.PathValue("pool"), query.Get("source"), query.Get("marked"))
		writeJSON(w, explanation, err)
	})
	mux.HandleFunc("GET /proxies/{pool}/nginx", func(w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		if err := p.Snippet(&b, r.PathValue("pool")); err != nil {
			writeProblem(w, err)
			return
		}
		writeText(w, http.StatusOK, b.String())
	})
	mux.HandleFunc("PUT /proxies/{pool}/servers/{server...}", p.change)
	mux.HandleFunc("POST /proxies/{pool}/servers/{what...}", p.do)
}

func noProxies(w http.ResponseWriter, _ *http.Request) {
	writeText(w, http.StatusNotFound, "there are no proxies: the configuration has no proxies.listeners\n")
}

// change answers PUT.
func (p *Proxies) change(w http.ResponseWriter, r *http.Request) {
	var change struct {
		Weight *int    `json:"weight"`
		State  *string `json:"state"`
	}
	if err := readOne(http.MaxBytesReader(w, r.Body, maxChange), &change); err != nil {
		status := http.StatusBadRequest
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			status = http.StatusRequestEntityTooLarge
		}
		writeText(w, status, fmt.Sprintf("cannot read the change: %v; want JSON such as {\"weight\": 2, \"state\": \"drain\"}\n", err))
		return
	}
	p.answer(w, p.Change(r.PathValue("pool"), r.PathValue("server"), change.Weight, change.State))
}

// readOne decodes one value, after which nothing may come.
func readOne(from io.Reader, into any) error {
	decoder := json.NewDecoder(from)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	switch _, err := decoder.Token(); {
	case err == io.EOF:
		return nil
	case err == nil:
		return errors.New("something follows it")
	default:
		return fmt.Errorf("something follows it: %w", err)
	}
}

// do answers POST: what is to be done stands after the server.
func (p *Proxies) do(w http.ResponseWriter, r *http.Request) {
	pool, what := r.PathValue("pool"), r.PathValue("what")
	if server, ok := strings.CutSuffix(what, "/restore"); ok {
		p.answer(w, p.Eject(pool, server, 0))
		return
	}
	server, ok := strings.CutSuffix(what, "/eject")
	if !ok {
		writeText(w, http.StatusNotFound, fmt.Sprintf("nothing can be done to %q, want a server with /eject?for=30s or /restore after it\n", what))
		return
	}
	text := r.URL.Query().Get("for")
	length, err := time.ParseDuration(text)
	if err != nil || length <= 0 || length > longestEjection {
		writeText(w, http.StatusBadRequest, fmt.Sprintf("cannot eject for %q, want a time up to %v, for example ?for=30s\n", text, longestEjection))
		return
	}
	p.answer(w, p.Eject(pool, server, length))
}

// answer says what is so after a change, or why there was none.
func (p *Proxies) answer(w http.ResponseWriter, err error) {
	if err != nil {
		writeProblem(w, err)
		return
	}
	writeJSON(w, p.States(), nil)
}

func writeJSON(w http.ResponseWriter, value any, err error) {
	if err != nil {
		writeProblem(w, err)
		return
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		writeText(w, http.StatusInternalServerError, "cannot write the answer: "+err.Error()+"\n")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(b.Bytes()) // that the client has gone is its own affair
}

func writeProblem(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if errors.Is(err, ErrUnknown) {
		status = http.StatusNotFound
	}
	writeText(w, status, err.Error()+"\n")
}
