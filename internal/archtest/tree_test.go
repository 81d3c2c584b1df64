package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

const modulePath = "github.com/splitgauge/splitgauge"

// A tree is the Go source of the repository, parsed.
type tree struct {
	fset  *token.FileSet
	files []sourceFile // in path order
}

// A sourceFile is one Go file.
type sourceFile struct {
	path  string // from the repository's root, with slashes
	dir   string // the directory of path
	test  bool   // a _test.go file, or one of a package for tests only
	lines int
	*ast.File
}

// loadTree parses every Go file below root, but not what the go command would
// ignore as well: testdata and names that start with "." or "_".
func loadTree(root fs.FS) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if name != "." && (base[0] == '.' || base[0] == '_' || base == "testdata") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() || !strings.HasSuffix(base, ".go") {
			return nil
		}
		source, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(t.fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		t.files = append(t.files, sourceFile{
			path:  name,
			dir:   path.Dir(name),
			test:  strings.HasSuffix(base, "_test.go") || slices.Contains(testOnly, path.Dir(name)),
			lines: bytes.Count(source, []byte("\n")),
			File:  parsed,
		})
		return nil
	})
	return t, err
}

// finding formats one broken rule the way compilers do: place, then what.
func (t *tree) finding(pos token.Pos, format string, args ...any) string {
	return fmt.Sprintf("%s: %s", t.fset.Position(pos), fmt.Sprintf(format, args...))
}

// importPath returns what an import spec imports.
func importPath(spec *ast.ImportSpec) string {
	name, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value // not reached: the file has been parsed
	}
	return name
}

// inProject returns the directory of an imported package of this project.
func inProject(imported string) (dir string, ok bool) {
	if imported == modulePath {
		return ".", true
	}
	return strings.CutPrefix(imported, modulePath+"/")
}

// within says whether the package or module name is root or below it.
func within(name, root string) bool {
	return name == root || strings.HasPrefix(name, root+"/")
}

// isStandard says whether an import path is of the standard library, whose
// first element has no dot.
func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// callee returns the receiver or package and the name of a call such as
// time.Sleep(d), or two empty strings.
func callee(node ast.Node) (of, name string) {
	call, ok := node.(*ast.CallExpr)
	if !ok {
		return "", ""
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	if ident, ok := selector.X.(*ast.Ident); ok {
		of = ident.Name
	}
	return of, selector.Sel.Name
}
