package loggen

import (
	"strconv"
	"time"
)

// write appends a record as a line without newline.
func (g *Generator) write(dst []byte, r *record) []byte {
	switch g.format {
	case JSON:
		return g.writeJSON(dst, r)
	case Extended:
		return g.writeExtended(g.writeCombined(dst, r), r)
	}
	return g.writeCombined(dst, r)
}

func (g *Generator) writeCombined(dst []byte, r *record) []byte {
	dst = append(dst, g.clients.addresses[r.client]...)
	dst = append(dst, " - "...)
	dst = append(dst, g.userTexts[r.user]...)
	dst = append(dst, " ["...)
	dst = append(dst, g.stamp.text(r.time)...)
	dst = append(dst, `] "`...)
	g.requestStart = len(dst)
	dst = append(dst, r.request...)
	dst = append(dst, `" `...)
	dst = appendStatus(dst, r.status)
	dst = append(dst, ' ')
	if r.oddField && g.format == Combined {
		dst = append(dst, oddNumber...)
	} else {
		dst = strconv.AppendInt(dst, r.bytes, 10)
	}
	dst = append(dst, ` "`...)
	dst = append(dst, g.refererTexts[r.referer]...)
	dst = append(dst, `" "`...)
	dst = append(dst, g.agentTexts[r.agent]...)
	return append(dst, '"')
}

func (g *Generator) writeExtended(dst []byte, r *record) []byte {
	dst = append(dst, " rt="...)
	dst = g.appendRequestTime(dst, r)
	dst = append(dst, ` ua="`...)
	dst = r.appendList(dst, addrField, g.absent)
	dst = append(dst, `" us="`...)
	dst = r.appendList(dst, statusField, g.absent)
	dst = append(dst, `" uct="`...)
	dst = r.appendList(dst, connectField, g.absent)
	dst = append(dst, `" uht="`...)
	dst = r.appendList(dst, headerField, g.absent)
	dst = append(dst, `" urt="`...)
	dst = r.appendList(dst, responseField, g.absent)
	dst = append(dst, `" host="`...)
	dst = append(dst, hosts[r.host]...)
	dst = append(dst, `" variant="`...)
	dst = append(dst, g.clients.variant(r.client)...)
	dst = append(dst, `" msec=`...)
	dst = appendSeconds(dst, r.time)
	dst = append(dst, ` cs="`...)
	dst = append(dst, g.cacheTexts[r.cache]...)
	return append(dst, '"')
}

func (g *Generator) writeJSON(dst []byte, r *record) []byte {
	dst = append(dst, `{"time_iso8601":"`...)
	dst = append(dst, g.stamp.text(r.time)...)
	dst = append(dst, `","msec":"`...)
	dst = appendSeconds(dst, r.time)
	dst = append(dst, `","remote_addr":"`...)
	dst = append(dst, g.clients.addresses[r.client]...)
	dst = append(dst, `","remote_user":"`...)
	dst = append(dst, g.userTexts[r.user]...)
	dst = append(dst, `","host":"`...)
	dst = append(dst, hosts[r.host]...)
	dst = append(dst, `","request":"`...)
	g.requestStart = len(dst)
	dst = append(dst, r.request...)
	dst = append(dst, `","status":"`...)
	dst = appendStatus(dst, r.status)
	dst = append(dst, `","body_bytes_sent":"`...)
	dst = strconv.AppendInt(dst, r.bytes, 10)
	dst = append(dst, `","request_time":"`...)
	dst = g.appendRequestTime(dst, r)
	dst = append(dst, `","http_referer":"`...)
	dst = append(dst, g.refererTexts[r.referer]...)
	dst = append(dst, `","http_user_agent":"`...)
	dst = append(dst, g.agentTexts[r.agent]...)
	dst = append(dst, `","upstream_addr":"`...)
	dst = r.appendList(dst, addrField, g.absent)
	dst = append(dst, `","upstream_status":"`...)
	dst = r.appendList(dst, statusField, g.absent)
	dst = append(dst, `","upstream_connect_time":"`...)
	dst = r.appendList(dst, connectField, g.absent)
	dst = append(dst, `","upstream_header_time":"`...)
	dst = r.appendList(dst, headerField, g.absent)
	dst = append(dst, `","upstream_response_time":"`...)
	dst = r.appendList(dst, responseField, g.absent)
	dst = append(dst, `","upstream_cache_status":"`...)
	dst = append(dst, g.cacheTexts[r.cache]...)
	dst = append(dst, `","variant":"`...)
	dst = append(dst, g.clients.variant(r.client)...)
	return append(dst, `"}`...)
}

func (g *Generator) appendRequestTime(dst []byte, r *record) []byte {
	if r.oddField {
		return append(dst, oddNumber...)
	}
	return appendSeconds(dst, r.requestTime)
}

// appendStatus appends $status, which has three digits even where it is 0 or 9.
func appendStatus(dst []byte, status int) []byte {
	return append(dst, byte('0'+status/100), byte('0'+status/10%10), byte('0'+status%10))
}

// stamp formats event times to the second; most lines share it with the one
// before.
type stamp struct {
	zone   *time.Location
	layout string
	second int64 // Unix, of cached
	cached []byte
}

func newStamp(start time.Time, f Format) stamp {
	_, offset := start.Zone()
	s := stamp{zone: time.FixedZone("", offset), layout: "02/Jan/2006:15:04:05 -0700", second: -1}
	if f == JSON {
		s.layout = "2006-01-02T15:04:05-07:00"
	}
	return s
}

// text returns Unix milliseconds as $time_local or $time_iso8601. It is valid
// until the next call.
func (s *stamp) text(ms int64) []byte {
	if second := ms / 1000; second != s.second {
		s.second = second
		s.cached = time.Unix(second, 0).In(s.zone).AppendFormat(s.cached[:0], s.layout)
	}
	return s.cached
}
