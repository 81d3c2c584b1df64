package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"strings"
)

// maxFileLines is where a file is no longer one concept; aim at 500.
const maxFileLines = 600

// brokenPackageDocs reports packages without exactly one package comment of
// the usual form.
func brokenPackageDocs(t *tree) (findings []string) {
	var dirs []string
	docs := map[string][]sourceFile{}
	for _, file := range t.files {
		if file.test {
			continue
		}
		if _, seen := docs[file.dir]; !seen {
			dirs = append(dirs, file.dir)
			docs[file.dir] = nil
		}
		if file.Doc == nil {
			continue
		}
		docs[file.dir] = append(docs[file.dir], file)
		want := "Package " + file.Name.Name + " "
		if file.Name.Name == "main" {
			want = "Command " + path.Base(file.dir) + " "
		}
		if !strings.HasPrefix(file.Doc.Text(), want) {
			findings = append(findings, t.finding(file.Doc.Pos(), "the package comment must start with %q", want))
		}
	}
	for _, dir := range dirs {
		switch written := docs[dir]; {
		case len(written) == 0:
			findings = append(findings, dir+": no file has a package comment: write it in doc.go")
		case len(written) > 1:
			findings = append(findings, fmt.Sprintf("%s and %s both have a package comment: keep one, in doc.go",
				written[0].path, written[1].path))
		}
	}
	return findings
}

// brokenFileSizes reports files that have grown too long.
func brokenFileSizes(t *tree) (findings []string) {
	for _, file := range t.files {
		if !file.test && file.lines > maxFileLines {
			findings = append(findings, fmt.Sprintf("%s: %d lines, at most %d: split it by concept",
				file.path, file.lines, maxFileLines))
		}
	}
	return findings
}

// brokenInits reports init functions.
func brokenInits(t *tree) (findings []string) {
	for _, file := range t.files {
		for _, decl := range file.Decls {
			if function, ok := decl.(*ast.FuncDecl); ok && function.Recv == nil && function.Name.Name == "init" {
				findings = append(findings, t.finding(decl.Pos(), "init runs in every program that imports %s, asked or not: "+
					"call a constructor where the value is needed", file.dir))
			}
		}
	}
	return findings
}

// brokenSleeps reports tests that wait by the clock. Inside synctest.Test the
// clock is a fake one, and sleeping is how it is moved.
func brokenSleeps(t *tree) (findings []string) {
	for _, file := range t.files {
		if !file.test {
			continue
		}
		ast.Inspect(file.File, func(node ast.Node) bool {
			of, name := callee(node)
			if of == "synctest" && name == "Test" {
				return false
			}
			if of == "time" && name == "Sleep" {
				findings = append(findings, t.finding(node.Pos(), "time.Sleep in a test is either too short or too long: "+
					"wait for the event itself, or run inside synctest.Test"))
			}
			return true
		})
	}
	return findings
}

// brokenSkips reports tests that can skip themselves in continuous
// integration, where every tool is there and a skipped test hides a failure.
func brokenSkips(t *tree) (findings []string) {
	for _, file := range t.files {
		if !file.test {
			continue
		}
		for _, decl := range file.Decls {
			var skips []token.Pos
			asksCI := false
			ast.Inspect(decl, func(node ast.Node) bool {
				switch of, name := callee(node); {
				case name == "Skip", name == "Skipf", name == "SkipNow":
					skips = append(skips, node.Pos())
				case of == "os" && (name == "Getenv" || name == "LookupEnv"):
					argument, ok := node.(*ast.CallExpr).Args[0].(*ast.BasicLit)
					asksCI = asksCI || ok && argument.Value == `"CI"`
				}
				return true
			})
			if asksCI {
				continue
			}
			for _, pos := range skips {
				findings = append(findings, t.finding(pos, `a test must not skip where CI=true: `+
					`fail there (os.Getenv("CI") in the same function), or return if the input is of no interest`))
			}
		}
	}
	return findings
}

// brokenAllocations reports tests that count allocations under a name by which
// "make test" does not find them: it runs those with "Alloc" in their names, and
// only those, without the race detector, which allocates on its own.
func brokenAllocations(t *tree) (findings []string) {
	for _, file := range t.files {
		for _, decl := range file.Decls {
			function, ok := decl.(*ast.FuncDecl)
			if !ok || strings.Contains(function.Name.Name, "Alloc") {
				continue
			}
			ast.Inspect(decl, func(node ast.Node) bool {
				if of, name := callee(node); of == "testing" && name == "AllocsPerRun" {
					findings = append(findings, t.finding(node.Pos(), "%s counts allocations: "+
						"have Alloc in its name, so that it runs without the race detector", function.Name.Name))
				}
				return true
			})
		}
	}
	return findings
}

// machinePaths are directories of one machine, not of the program's user.
var machinePaths = []string{"/home/", "/root/", "/tmp/"}

// brokenPaths reports absolute paths of one machine in code that ships.
func brokenPaths(t *tree) (findings []string) {
	report := func(pos token.Pos, text string) {
		for _, dir := range machinePaths {
			if strings.Contains(text, dir) {
				findings = append(findings, t.finding(pos, "%s is a path of one machine: "+
					"take it as a flag or use os.MkdirTemp", dir))
			}
		}
	}
	for _, file := range t.files {
		if file.test {
			continue
		}
		for _, group := range file.Comments {
			report(group.Pos(), group.Text())
		}
		ast.Inspect(file.File, func(node ast.Node) bool {
			if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				report(literal.Pos(), literal.Value)
			}
			return true
		})
	}
	return findings
}
