package config

import (
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/splitgauge/splitgauge/parser"
)

// beginLog begins an item of logs.
func beginLog(s *scope) (*scope, func(*reader, string, ast.Node, bool)) {
	log := Log{}
	return &scope{config: s.config, log: &log}, func(r *reader, path string, node ast.Node, clean bool) {
		if clean {
			r.checkLog(path, node, &log)
		}
		s.config.Logs = append(s.config.Logs, log)
	}
}

// putJSONKey takes an entry of json_map.
func putJSONKey(s *scope, name, value string) string {
	if value == "" {
		return "want the name of a JSON key"
	}
	if s.log.JSONMap == nil {
		s.log.JSONMap = make(map[string]string)
	}
	s.log.JSONMap[name] = value
	return ""
}

// checkLog says what is wrong with a log as a whole.
func (r *reader) checkLog(path string, node ast.Node, log *Log) {
	switch {
	case log.Path == "" && log.Syslog == "":
		r.note(node, path, "has neither path nor syslog, want one")
	case log.Path != "" && log.Syslog != "":
		r.note(node, path, "has both path and syslog, want one")
	}
	switch log.Format {
	case "auto", "combined", "common", "json":
		return
	}
	if !strings.Contains(log.Format, "$") {
		r.note(node, path+".format", "%s is not known, want auto, combined, common, json, or the text of a log_format with its $variables", quoted(log.Format))
		return
	}
	escape, err := parser.ParseEscape(log.Escape)
	if err == nil {
		_, err = parser.Compile(log.Format, parser.Options{Escape: escape})
	}
	if err != nil {
		r.note(node, path+".format", "%v", err)
	}
}
