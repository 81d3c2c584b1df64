package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
)

// reader takes a file apart and notes everything that is wrong with it.
type reader struct {
	file     string
	problems Problems
	places   map[string]ast.Node // of values, by path; what is wrong with several is told later
}

func (r *reader) note(node ast.Node, key, format string, arguments ...any) {
	line, column := 1, 1
	if node = firstKey(node); node != nil {
		if token := node.GetToken(); token != nil && token.Position != nil {
			line, column = max(1, token.Position.Line), max(1, token.Position.Column)
		}
	}
	r.problems = append(r.problems, Problem{File: r.file, Line: line, Column: column, Key: key, Text: fmt.Sprintf(format, arguments...)})
}

// firstKey returns where a mapping begins: its own token is a colon.
func firstKey(node ast.Node) ast.Node {
	switch node := node.(type) {
	case *ast.MappingValueNode:
		return node.Key
	case *ast.MappingNode:
		if !node.IsFlowStyle && len(node.Values) > 0 {
			return node.Values[0].Key
		}
	}
	return node
}

// parse returns the one document of the file; nil where it is empty or cannot be
// read.
func (r *reader) parse(text []byte) ast.Node {
	if len(text) > maxFile {
		r.note(nil, "", "the file is longer than %d bytes", maxFile)
		return nil
	}
	file, err := parseYAML(text)
	if err != nil {
		r.noteSyntax(err)
		return nil
	}
	var body ast.Node
	for _, document := range file.Docs {
		if document.Body == nil || document.Body.Type() == ast.NullType || document.Body.Type() == ast.CommentType {
			continue
		}
		if body != nil {
			r.note(document.Body, "", "a second document begins here, want one")
			return nil
		}
		body = document.Body
	}
	return body
}

// parseYAML turns the library's panics, which hostile files can cause, into
// errors.
func parseYAML(text []byte) (file *ast.File, err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			file, err = nil, errors.New("it is no YAML")
		}
	}()
	plain, err := readable(text)
	if err != nil {
		return nil, err
	}
	tokens := lexer.Tokenize(plain)
	if err := checkTokens(tokens); err != nil {
		return nil, err
	}
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// where finds the place in the library's errors: "[line:column] what is wrong".
var where = regexp.MustCompile(`^\[(\d+):(\d+)\] ([^\n]*)`)

func (r *reader) noteSyntax(err error) {
	problem := Problem{File: r.file, Line: 1, Column: 1, Text: "not YAML: " + quoted(err.Error())}
	if found := where.FindStringSubmatch(err.Error()); found != nil {
		problem.Line, _ = strconv.Atoi(found[1])
		problem.Column, _ = strconv.Atoi(found[2])
		problem.Text = "not YAML: " + found[3]
	}
	r.problems = append(r.problems, problem)
}

// read reads a mapping by its keys.
func (r *reader) read(k *key, path string, node ast.Node, s *scope, depth int) {
	values, ok := r.pairs(path, node, depth)
	if !ok {
		return
	}
	seen := make(map[string]bool)
	for _, pair := range values {
		name, ok := r.name(path, pair)
		if !ok {
			continue
		}
		full := strings.TrimPrefix(path+"."+name, ".")
		if seen[name] {
			r.note(pair.Key, full, "is there twice")
			continue
		}
		seen[name] = true
		one := k.find(name)
		if one == nil {
			r.note(pair.Key, path, "key %s is not known%s, want %s", quoted(name), nearest(name, k.names()), listed(k.names()))
			continue
		}
		r.value(one, full, pair.Value, s, depth)
	}
}

// pairs returns the pairs of a mapping.
func (r *reader) pairs(path string, node ast.Node, depth int) (values []*ast.MappingValueNode, ok bool) {
	if depth > maxDepth {
		r.note(node, path, "is nested too deep")
		return nil, false
	}
	switch node := node.(type) {
	case *ast.MappingNode:
		return node.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{node}, true
	case nil, *ast.NullNode:
		return nil, false
	}
	r.note(node, path, "%s, want keys and their values", kindOf(node))
	return nil, false
}

// name returns the name of a pair's key.
func (r *reader) name(path string, pair *ast.MappingValueNode) (string, bool) {
	name, ok := scalar(pair.Key)
	if !ok {
		r.note(pair.Key, path, "a key is %s, want a plain name", kindOf(pair.Key))
	}
	return name, ok
}

// value reads what stands behind a key.
func (r *reader) value(k *key, path string, node ast.Node, s *scope, depth int) {
	r.places[path] = node
	switch k.kind {
	case mapping:
		r.read(k, path, node, s, depth+1)
	case list:
		r.list(k, path, node, s, depth+1)
	case words:
		r.words(k, path, node, s)
	case texts:
		r.texts(k, path, node, s, depth+1)
	default:
		r.scalar(k, path, node, s)
	}
}

func (r *reader) scalar(k *key, path string, node ast.Node, s *scope) {
	value, ok := scalar(node)
	switch {
	case node == nil || node.Type() == ast.NullType:
		r.note(node, path, "has no value; leave the key out for the default")
		return
	case !ok:
		r.note(node, path, "%s, want one value", kindOf(node))
		return
	case k.kind == boolean && node.Type() != ast.BoolType:
		r.note(node, path, "%s is not true or false", quoted(value))
		return
	}
	if len(k.choices) > 0 && !slices.Contains(k.choices, value) {
		r.note(node, path, "%s is not known%s, want %s", quoted(value), nearest(value, k.choices), listed(k.choices))
		return
	}
	if problem := k.set(s, value); problem != "" {
		r.note(node, path, "%s", problem)
	}
}

// list reads a list of mappings.
func (r *reader) list(k *key, path string, node ast.Node, s *scope, depth int) {
	for i, item := range r.items(path, node) {
		at := fmt.Sprintf("%s[%d]", path, i)
		r.places[at] = item
		if value, ok := scalar(item); ok && k.plain != nil {
			if problem := k.plain(s, value); problem != "" {
				r.note(item, at, "%s", problem)
			}
			continue
		}
		inner, end := k.begin(s)
		k.reset(inner)
		before := len(r.problems)
		r.read(k, at, item, inner, depth)
		end(r, at, item, len(r.problems) == before)
	}
}

// words reads a list of words; one that stands alone is a list of one.
func (r *reader) words(k *key, path string, node ast.Node, s *scope) {
	if _, ok := scalar(node); ok {
		r.scalar(k, path, node, s)
		return
	}
	for i, item := range r.items(path, node) {
		r.scalar(k, fmt.Sprintf("%s[%d]", path, i), item, s)
	}
}

// items returns the items of a list.
func (r *reader) items(path string, node ast.Node) []ast.Node {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		if node != nil && node.Type() != ast.NullType {
			r.note(node, path, "%s, want a list", kindOf(node))
		}
		return nil
	}
	return sequence.Values
}

// texts reads a mapping of words to words.
func (r *reader) texts(k *key, path string, node ast.Node, s *scope, depth int) {
	values, ok := r.pairs(path, node, depth)
	if !ok {
		return
	}
	seen := make(map[string]bool)
	for _, pair := range values {
		name, ok := r.name(path, pair)
		if !ok {
			continue
		}
		value, ok := scalar(pair.Value)
		if seen[name] {
			r.note(pair.Key, path+"."+name, "is there twice")
		}
		seen[name] = true
		problem := "want one word"
		if ok {
			problem = k.put(s, name, value)
		}
		if problem != "" {
			r.note(pair.Value, path+"."+name, "%s", problem)
		}
	}
}

// scalar returns the text of a plain value.
func scalar(node ast.Node) (string, bool) {
	switch node := node.(type) {
	case *ast.StringNode:
		return node.Value, true
	case *ast.LiteralNode:
		return node.Value.Value, true
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
		return node.GetToken().Value, true
	}
	return "", false
}

// kindOf names what a node is.
func kindOf(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "is a mapping"
	case *ast.SequenceNode:
		return "is a list"
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return "uses an anchor, an alias or a merge, which are not known here"
	case *ast.TagNode:
		return "has a tag, which is not known here"
	case nil, *ast.NullNode:
		return "is nothing"
	}
	return "is a single value"
}

// nearest suggests the word that is meant, if one is near.
func nearest(word string, known []string) string {
	best, bestDistance := "", 3
	for _, candidate := range known {
		if d := distance(strings.ToLower(word), candidate); d < bestDistance && d < len(candidate) {
			best, bestDistance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (%q is meant?)", best)
}

// distance is the number of changed, missing or added bytes between two words
// (Levenshtein), bounded by cutting long ones.
func distance(a, b string) int {
	a, b = a[:min(len(a), 40)], b[:min(len(b), 40)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		previous := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := previous
			if a[i-1] != b[j-1] {
				cost++
			}
			previous = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
