package tailer_test

import (
	"fmt"
	"strings"

	"github.com/splitgauge/splitgauge/tailer"
)

func ExampleArchive() {
	config := tailer.Config{Stdin: strings.NewReader(`{"logs": [{"status": 200}, {"status": 502}]}`)}
	sources, failures := tailer.Discover([]string{"-", "missing.log"}, config, tailer.Events{})
	for _, failure := range failures {
		fmt.Println(failure)
	}
	archive := tailer.NewArchive(sources, config)
	defer archive.Close()
	for {
		batch, err := archive.Next()
		if err != nil {
			break // io.EOF
		}
		for line, defect, ok := batch.Next(); ok; line, defect, ok = batch.Next() {
			fmt.Printf("%s whole=%t\n", line, defect == tailer.Whole)
		}
		batch.Release()
	}
	// Output:
	// cannot read "missing.log": no such file or directory
	// {"status": 200} whole=true
	// {"status": 502} whole=true
}
