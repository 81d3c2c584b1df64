package parser

import (
	"slices"
	"strconv"
	"strings"
)

// refLine is the values of a line by variable.
type refLine map[string]string

// read returns a value that is there and not absent.
func (l refLine) read(variable string) (value string, ok bool) {
	value = l[variable]
	return value, !refAbsent(value)
}

// outcome turns the values of the first variables of the format into an entry.
func (r *reference) outcome(found []string, trailing bool) outcome {
	line := make(refLine)
	for i, value := range found {
		if _, twice := line[r.ops[i].variable]; !twice {
			line[r.ops[i].variable] = value
		}
	}
	e := &Entry{Escape: r.escape}
	r.fillRequest(line, e)
	r.fillNumbers(line, e)
	r.fillNames(line, e)
	lists := r.fillUpstream(line, e)
	reason := ""
	switch odd := r.firstOdd(line); {
	case trailing:
		reason = ReasonTrailing
	case lists:
		reason = ReasonLists
	case odd != "":
		reason = odd
	default:
		return parsed(describe(e))
	}
	return partial(reason, describe(e))
}

// firstOdd returns the first variable, in the order of this table, with an
// impossible value.
func (r *reference) firstOdd(line refLine) string {
	for _, name := range []string{
		"remote_addr", "status", "msec", "time_iso8601", "time_local", "body_bytes_sent", "bytes_sent", "request_time",
		"upstream_addr", "upstream_status", "upstream_connect_time", "upstream_header_time", "upstream_response_time",
		"upstream_cache_status",
	} {
		if value, ok := line.read(name); ok && r.measured(name) && !refPossible(name, value) {
			return name
		}
	}
	return ""
}

func (r *reference) fillRequest(line refLine, e *Entry) {
	has := func(name string) bool { _, ok := line[name]; return ok }
	value, ok := line["request"]
	if ok {
		e.HasRequest = true
		if parts := refMethod.FindStringSubmatch(value); parts != nil {
			e.Method = refMethodOf(parts[1])
			target := parts[2]
			if at := strings.LastIndex(target, " HTTP/"); at >= 0 && !strings.Contains(target[at+1:], " ") {
				target = target[:at]
			}
			if target != "" {
				e.Target = []byte(target)
			}
		}
		return
	}
	e.HasRequest = has("request_method") || has("request_uri") || has("uri")
	if method, ok := line.read("request_method"); ok && refMethod.MatchString(method+" ") && !strings.Contains(method, " ") {
		e.Method = refMethodOf(method)
	}
	for _, name := range []string{"request_uri", "uri"} {
		if target, ok := line.read(name); ok && e.Target == nil {
			e.Target = []byte(target)
		}
	}
}

func refMethodOf(name string) Method {
	if at := slices.Index(methodNames[MethodGet:], name); at >= 0 {
		return MethodGet + Method(at)
	}
	return OtherMethod
}

func (r *reference) fillNumbers(line refLine, e *Entry) {
	e.Status, e.BytesSent, e.RequestTime, e.Time = Absent, Absent, Absent, NoTime
	if value, ok := line.read("status"); ok && refPossible("status", value) {
		e.Status, _ = strconv.Atoi(value)
	}
	for _, name := range []string{"body_bytes_sent", "bytes_sent"} {
		if value, ok := line.read(name); ok && r.measured(name) && refPossible(name, value) {
			e.BytesSent, _ = strconv.ParseInt(value, 10, 64)
		}
	}
	if value, ok := line.read("request_time"); ok && refPossible("request_time", value) {
		e.RequestTime = refMilliseconds(value)
	}
	for _, name := range []string{"msec", "time_iso8601", "time_local"} {
		if value, ok := line.read(name); ok && r.measured(name) {
			if ms, ok := refTime(name, value); ok {
				e.Time = ms
			}
		}
	}
}

func (r *reference) fillNames(line refLine, e *Entry) {
	if value, ok := line.read("remote_addr"); ok && refPossible("remote_addr", value) {
		e.RemoteAddr = []byte(value)
	}
	inFormat := func(name string) bool {
		return slices.ContainsFunc(r.ops, func(op refOp) bool { return op.variable == name })
	}
	for _, name := range []string{"host", "http_host", "server_name"} {
		if inFormat(name) {
			if value, ok := line.read(name); ok {
				e.Host = []byte(value)
			}
			break
		}
	}
	for _, name := range r.variants {
		if inFormat(name) {
			var value string
			if value, e.HasVariant = line[name]; e.HasVariant && !refAbsent(value) {
				e.Variant = []byte(value)
			}
			break
		}
	}
	for _, name := range r.values {
		value, ok := line[name]
		e.Values = append(e.Values, nil)
		if ok {
			e.Values[len(e.Values)-1] = append([]byte{}, value...)
		}
	}
	if value, ok := line.read("upstream_cache_status"); ok && refPossible("upstream_cache_status", value) {
		e.CacheStatus = []byte(value)
	}
}

// fillUpstream reports lists of different lengths.
func (r *reference) fillUpstream(line refLine, e *Entry) (lists bool) {
	servers, ok := line.read("upstream_addr")
	if !ok {
		others := []string{"upstream_status", "upstream_connect_time", "upstream_header_time", "upstream_response_time"}
		_, e.NoUpstream = line["upstream_addr"]
		if !e.NoUpstream {
			any := false
			for _, name := range others {
				_, has := line[name]
				_, present := line.read(name)
				e.NoUpstream = e.NoUpstream || has
				any = any || present
			}
			e.NoUpstream = e.NoUpstream && !any
		}
		return false
	}
	elements := refSplit.Split(servers, -1)
	column := func(name string) []string {
		value, ok := line.read(name)
		if !ok {
			return make([]string, len(elements))
		}
		column := refSplit.Split(value, -1)
		if len(column) != len(elements) {
			lists = true
			return make([]string, len(elements))
		}
		return column
	}
	statuses := column("upstream_status")
	times := [3][]string{column("upstream_connect_time"), column("upstream_header_time"), column("upstream_response_time")}
	for i, element := range elements {
		if refAbsent(element) || !refPossible("upstream_addr", element) {
			continue
		}
		if !refServer.MatchString(element) {
			e.NoLiveUpstream = true
			continue
		}
		a := newAttempt([]byte(element))
		if !refAbsent(statuses[i]) && refPossible("status", statuses[i]) {
			a.Status, _ = strconv.Atoi(statuses[i])
		}
		for j, field := range []*int64{&a.ConnectTime, &a.HeaderTime, &a.ResponseTime} {
			if text := times[j][i]; !refAbsent(text) && refPossible("request_time", text) {
				*field = refMilliseconds(text)
			}
		}
		e.Attempts = append(e.Attempts, a)
	}
	e.Redirected = strings.Contains(servers, " : ")
	for group := range strings.SplitSeq(servers, " : ") {
		n := 0
		for element := range strings.SplitSeq(group, ", ") {
			if !refAbsent(element) && refPossible("upstream_addr", element) && refServer.MatchString(element) {
				n++
			}
		}
		e.Retried = e.Retried || n > 1
	}
	return lists
}
