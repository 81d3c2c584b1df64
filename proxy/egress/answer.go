package egress

import (
	"errors"
	"fmt"
	"net"
	"net/http"
)

// roundTripError is the refusal that a failed request is answered with. What
// failed inside is not told to clients: it may name addresses.
func roundTripError(err error, host string) error {
	var refused *refusal
	if errors.As(err, &refused) {
		return refused
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return refuse(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", tooLarge.Limit)
	}
	var timeOut net.Error
	if errors.As(err, &timeOut) && timeOut.Timeout() {
		return refuse(http.StatusGatewayTimeout, "%q did not answer in time", host)
	}
	return refuse(http.StatusBadGateway, "%q did not answer", host)
}

// answerRefusal answers a request that went nowhere.
func answerRefusal(w http.ResponseWriter, err error) (status int) {
	status = http.StatusInternalServerError
	var refused *refusal
	if errors.As(err, &refused) {
		status = refused.status
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintf(w, "%d %s\n\nNot forwarded: %s.\n", status, http.StatusText(status), err)
	return status
}

// knownMethod returns a method if it is one of HTTP's, so that nobody writes into
// logs by it.
func knownMethod(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH":
		return method
	}
	return "other"
}
