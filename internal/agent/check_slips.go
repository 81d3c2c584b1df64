package agent

import (
	"regexp"
	"slices"
	"strings"

	"github.com/splitgauge/splitgauge/parser"
)

// slip is a format that differs from another by one mistake.
type slip struct {
	text   string
	escape parser.Escape
	words  string // how it differs: "with tabs for spaces"
}

// slips returns the formats that differ from one by a mistake that people make,
// the least one first.
func slips(text string, escape parser.Escape) (all []slip) {
	add := func(changed, words string) {
		if changed != text {
			all = append(all, slip{changed, escape, words})
		}
	}
	addSpacing(text, add)
	addTimes(text, add)
	add("$host "+text, "with a field in front, such as $host")
	add(text+` "$http_x_forwarded_for"`, "with a field in quotes at its end, such as $http_x_forwarded_for")
	add(text+` $request_time`, "with a number at its end, such as $request_time")
	for _, other := range [...]parser.Escape{parser.EscapeDefault, parser.EscapeJSON, parser.EscapeNone} {
		if other != escape {
			all = append(all, slip{text, other, "with escape=" + other.String()})
		}
	}
	addQuotes(text, add)
	addWords(text, add)
	return all
}

// addSpacing adds tabs for spaces and the other way round, and one space more or
// less.
func addSpacing(text string, add func(text, words string)) {
	add(strings.ReplaceAll(text, " ", "\t"), "with tabs for spaces")
	add(strings.ReplaceAll(text, "\t", " "), "with spaces for tabs")
	add(regexp.MustCompile(`\s*\|\s*`).ReplaceAllString(text, "|"), "without spaces around |")
	for i := range len(text) {
		if text[i] != ' ' {
			continue
		}
		where := " before " + wordAt(text, i+1)
		if i > 0 && text[i-1] == ' ' {
			add(text[:i]+text[i+1:], "with one space less"+where)
		} else {
			add(text[:i]+" "+text[i:], "with one space more"+where)
		}
	}
}

// wordAt returns the text at i up to the next space.
func wordAt(text string, i int) string {
	word, _, _ := strings.Cut(strings.TrimLeft(text[i:], " "), " ")
	if word == "" {
		return "the end"
	}
	return word
}

// addQuotes adds every variable once with and once without its quotes.
func addQuotes(text string, add func(text, words string)) {
	for _, place := range variablePattern.FindAllStringIndex(text, -1) {
		start, end := place[0], place[1]
		name := text[start:end]
		if start > 0 && end < len(text) && text[start-1] == '"' && text[end] == '"' {
			add(text[:start-1]+text[start:], "without the quote before "+name)
			add(text[:end]+text[end+1:], "without the quote after "+name)
			add(text[:start-1]+name+text[end+1:], "without quotes around "+name)
		} else {
			add(text[:start]+`"`+name+`"`+text[end:], "with quotes around "+name)
		}
	}
}

// addTimes adds the other ways of writing the time.
func addTimes(text string, add func(text, words string)) {
	times := []string{"$time_local", "$time_iso8601", "$msec"}
	for _, from := range times {
		for _, to := range times {
			if from != to && strings.Contains(text, from) {
				add(strings.ReplaceAll(text, from, to), "with "+to+" for "+from)
			}
		}
	}
}

// addWords adds the format without each of its words, and with each two that
// stand side by side in the other order. The first words, which hold the status
// and the request, are the last to go.
func addWords(text string, add func(text, words string)) {
	if jsonShaped(text) {
		return
	}
	words := strings.Split(text, " ")
	for i, word := range slices.Backward(words) {
		if strings.Contains(word, "$") {
			add(strings.Join(slices.Delete(slices.Clone(words), i, i+1), " "), "without "+word)
		}
	}
	for i := range len(words) - 1 {
		if strings.Contains(words[i], "$") && strings.Contains(words[i+1], "$") {
			swapped := slices.Clone(words)
			swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
			add(strings.Join(swapped, " "), "with "+words[i]+" and "+words[i+1]+" the other way round")
		}
	}
}
