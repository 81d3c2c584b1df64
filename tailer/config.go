package tailer

import (
	"io"
	"os"
	"runtime"
)

// Config bounds what reading may cost. In every field zero or less means the
// default, so the zero Config is the usual one.
type Config struct {
	MaxLine   int       // bytes of a line without its line end; default 1 MiB
	MaxRecord int       // bytes of a record of a JSON document; default 16 MiB
	BlockSize int       // bytes read at once; default 256 KiB
	MaxWindow int64     // bytes of a zstd window or xz dictionary; default 128 MiB
	Stdin     io.Reader // what "-" reads, not closed; default os.Stdin
	Buffers   int       // released batches kept for reuse; default two for each processor
}

func (c Config) maxLine() int     { return orDefault(c.MaxLine, 1<<20) }
func (c Config) maxRecord() int   { return orDefault(c.MaxRecord, 16<<20) }
func (c Config) blockSize() int   { return orDefault(c.BlockSize, 256<<10) }
func (c Config) maxWindow() int64 { return orDefault(c.MaxWindow, 128<<20) }
func (c Config) buffers() int     { return orDefault(c.Buffers, 2*runtime.GOMAXPROCS(0)) }

func (c Config) stdin() io.Reader {
	if c.Stdin == nil {
		return os.Stdin
	}
	return c.Stdin
}

func orDefault[N int | int64](value, standard N) N {
	if value <= 0 {
		return standard
	}
	return value
}
