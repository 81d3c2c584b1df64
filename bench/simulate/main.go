// Command simulate shows what the answers of package experiment are worth: it runs
// traffic of many kinds of sites through the shipped aggregator and the shipped
// comparison, looks at it again and again, and counts how often there is a verdict
// where nothing differs, an interval that misses, a difference that is not found, a
// split that is wrongly refused. It prints Markdown tables, row by row, and with
// -update puts them into a document between two marker lines.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"runtime/pprof"
	"time"
)

// options are the command line.
type options struct {
	runs    int
	rows    *regexp.Regexp // of "table/row"
	workers int
	keep    string // file of results, to go on with
	update  string // document to put the tables into
}

func main() {
	o := options{rows: regexp.MustCompile("")}
	flag.IntVar(&o.runs, "runs", 2000, "runs of each row")
	flag.IntVar(&o.workers, "workers", runtime.GOMAXPROCS(0), "runs at the same time; they change nothing but the time it takes")
	flag.StringVar(&o.keep, "keep", "", "file to keep the results of rows in; rows that are there already are not run again")
	flag.StringVar(&o.update, "update", "", "document to put the tables into")
	flag.Func("rows", "only rows whose table/name matches this regular expression", func(text string) (err error) {
		o.rows, err = regexp.Compile(text)
		return err
	})
	profile := flag.String("profile", "", "file to write a CPU profile to")
	list := flag.Bool("list", false, "list the rows, and run none")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *list {
		for _, table := range tables() {
			for _, row := range table.rows {
				fmt.Println(row.id(table))
			}
		}
		return
	}
	if err := profiled(*profile, func() error { return run(ctx, o, os.Stdout) }); err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(1)
	}
}

// profiled writes a CPU profile of what work does, if there is a file to write to.
func profiled(name string, work func() error) error {
	if name == "" {
		return work()
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return work()
}

// run runs the rows one after the other. After each, its lines are written to out,
// and the document has all tables so far.
func run(ctx context.Context, o options, out io.Writer) error {
	if o.runs < 1 || o.workers < 1 {
		return fmt.Errorf("-runs %d -workers %d: at least 1 each", o.runs, o.workers)
	}
	results, err := readKept(o.keep, o.runs)
	if err != nil {
		return err
	}
	document := &document{options: o}
	for _, table := range tables() {
		begun := false
		for _, row := range table.rows {
			if !o.rows.MatchString(row.id(table)) {
				continue
			}
			if !begun {
				document.begin(table)
				fmt.Fprintf(out, "\n%s\n\n%s", table.title, table.head)
				begun = true
			}
			result, err := row.resultOf(ctx, table, o, results)
			if err != nil {
				return fmt.Errorf("%s: %w", row.id(table), err)
			}
			document.add(result)
			fmt.Fprint(out, result.Lines)
			if o.update != "" {
				if err := document.update(o.update); err != nil {
					return err
				}
			}
		}
	}
	fmt.Fprintf(out, "\n%s", document.missed())
	return nil
}

// resultOf runs a row, unless its result has been kept.
func (r *row) resultOf(ctx context.Context, t table, o options, results *kept) (result, error) {
	if result, ok := results.Rows[r.id(t)]; ok {
		return result, nil
	}
	begin := time.Now()
	outcomes, err := r.simulate(ctx, t, o)
	if err != nil {
		return result{}, err
	}
	result := r.count(r, outcomes)
	fmt.Fprintf(os.Stderr, "%s: %d runs in %s\n", r.id(t), o.runs, time.Since(begin).Round(time.Millisecond))
	return result, results.add(r.id(t), result)
}
