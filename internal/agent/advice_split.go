package agent

import (
	"fmt"
	"slices"
	"strings"

	"github.com/splitgauge/splitgauge/splitclients"
)

// variants says where the variants come from, for each split.
func (a *adviser) variants() {
	name := a.variant
	if name == "" {
		name = "variant"
	}
	switch {
	case a.variant != "" && !slices.ContainsFunc(a.splits, func(s *splitclients.Split) bool { return s.Variable == a.variant }):
		if !a.has(name) {
			a.add("variants", Missing, fmt.Sprintf("no $%s, which is said to hold the variant", name), name)
			return
		}
		a.add("variants", Told, "as logged in $"+name)
		return
	case len(a.splits) == 0 && a.has(name):
		a.add("variants", Told, "as logged in $"+name)
	case len(a.splits) == 0:
		a.add("variants", Noted, "none: there is no split_clients, and no $variant in the format")
	}
	for _, split := range a.splits {
		a.variantsOf(split)
	}
}

func (a *adviser) variantsOf(split *splitclients.Split) {
	var absent, passing, redirected []string
	for _, name := range split.Key.Variables() {
		switch {
		case changes(name):
			passing = append(passing, name)
		case !a.has(name):
			absent = append(absent, name)
		case lostOnRedirect(name):
			redirected = append(redirected, name)
		}
	}
	variable := split.Variable
	switch logged := a.has(variable); {
	case logged && len(passing) > 0:
		a.add("variants", Told, fmt.Sprintf("as logged in $%s; they cannot be checked against the split, whose key has %s, another one by the time of logging",
			variable, dollars(passing, "and")))
	case logged && len(absent) > 0:
		a.add("variants", Told, fmt.Sprintf("as logged in $%s; they cannot be checked against the split, for %s of its key %s not logged", variable, dollars(absent, "and"), isOrAre(absent)))
	case logged:
		a.add("variants", Told, fmt.Sprintf("as logged in $%s, each checked against the split", variable))
	case len(passing) > 0:
		a.add("variants", Missing, fmt.Sprintf("no $%s, and it cannot be computed: the key of the split has %s, another one by the time of logging",
			variable, dollars(passing, "and")), variable)
	case len(absent) > 0:
		a.add("variants", Missing, fmt.Sprintf("no $%s, and it cannot be computed: %s of the split's key %s not logged either", variable, dollars(absent, "and"), isOrAre(absent)), variable)
	case len(redirected) > 0:
		a.add("variants", Noted, fmt.Sprintf("no $%s; it is computed from %s, but where error_page or try_files has sent a request elsewhere, %s %s not what nginx chose by",
			variable, dollars(split.Key.Variables(), "and"), dollars(redirected, "and"), isOrAre(redirected)), variable)
	case len(split.Key.Variables()) == 0:
		a.add("variants", Noted, fmt.Sprintf("no $%s; the key of the split has no variable: every request gets the same variant", variable))
	default:
		a.add("variants", Told, fmt.Sprintf("no $%s, but computed from %s as nginx does", variable, dollars(split.Key.Variables(), "and")))
	}
}

func isOrAre(names []string) string {
	if len(names) == 1 {
		return "is"
	}
	return "are"
}

// changes reports whether a variable has another value when a line is logged
// than when nginx looks at a split.
func changes(name string) bool {
	switch name {
	case "time_local", "time_iso8601", "msec", "date_gmt", "date_local",
		"request_time", "connection_time", "bytes_sent", "body_bytes_sent", "status", "request_completion":
		return true
	}
	return strings.HasPrefix(name, "upstream_") || strings.HasPrefix(name, "sent_http_")
}

// lostOnRedirect reports whether an internal redirect can change a variable.
func lostOnRedirect(name string) bool {
	switch name {
	case "args", "query_string", "uri", "document_uri", "request_method", "is_args":
		return true
	}
	return strings.HasPrefix(name, "arg_")
}

// splitNotes says what a split's key means for who gets what.
func splitNotes(split *splitclients.Split) (notes []string) {
	names := split.Key.Variables()
	for _, name := range names {
		switch {
		case name == "request_id":
			notes = append(notes, "every request has a new $request_id: no client keeps its variant")
		case changes(name):
			notes = append(notes, fmt.Sprintf("$%s differs from request to request: no client keeps its variant", name))
		case name == "connection" || name == "remote_port":
			notes = append(notes, fmt.Sprintf("every connection has a new $%s: no client keeps its variant for long", name))
		}
	}
	optional := slices.IndexFunc(names, func(name string) bool { return !mayBeAbsent(name) }) < 0
	if optional && len(names) > 0 {
		empty := split.Key.Append(nil, func(int) []byte { return nil })
		notes = append(notes, fmt.Sprintf("requests without %s all have the key %q and get %q", dollars(names, "and"), empty, split.Table.Variant(empty)))
	}
	return notes
}

// mayBeAbsent reports whether requests without a variable are usual.
func mayBeAbsent(name string) bool {
	return strings.HasPrefix(name, "cookie_") || strings.HasPrefix(name, "arg_") || strings.HasPrefix(name, "http_") && name != "http_host" && name != "http_user_agent" ||
		name == "remote_user" || name == "args" || name == "query_string"
}
