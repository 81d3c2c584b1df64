// Command baretail follows a log with nxadm/tail, by the options that splitgauge
// uses, and throws the lines away: what the library alone costs.
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/nxadm/tail"
	"github.com/nxadm/tail/watch"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: baretail FILE")
		os.Exit(2)
	}
	watch.POLL_DURATION = 100 * time.Millisecond
	t, err := tail.TailFile(os.Args[1], tail.Config{
		Location:      &tail.SeekInfo{Whence: io.SeekEnd},
		Follow:        true,
		MustExist:     true,
		Poll:          true,
		CompleteLines: true,
		MaxLineSize:   256 << 10,
		Logger:        log.New(io.Discard, "", 0),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "baretail:", err)
		os.Exit(1)
	}
	for range t.Lines {
	}
}
