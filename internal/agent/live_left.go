package agent

import (
	"os"
	"slices"
	"syscall"

	"github.com/splitgauge/splitgauge/internal/checkpoint"
	"github.com/splitgauge/splitgauge/tailer"
)

// maxLeft is how many logs that are no longer read are remembered.
const maxLeft = 256

// leave remembers where a log was left. The caller holds mu.
func (a *live) leave(name string, place tailer.Place) {
	if len(place.Files) == 0 {
		return
	}
	a.left = slices.DeleteFunc(slices.Clone(a.left), func(l checkpoint.Left) bool { return l.Name == name })
	a.left = append(a.left, checkpoint.Left{Name: name, Place: place})
	a.left = a.left[max(0, len(a.left)-maxLeft):]
}

// takeLeft returns from where a log is to be read that was read before under this
// name, or whose file was under another one; nil where it was not. What it returns
// is no longer remembered: the log has it.
func (a *live) takeLeft(name string) *tailer.Place {
	a.mu.Lock()
	defer a.mu.Unlock()
	info, err := os.Stat(name)
	isFile := func(tailer.Position) bool { return false }
	if err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			isFile = func(p tailer.Position) bool { return p.Device == uint64(stat.Dev) && p.Inode == stat.Ino }
		}
	}
	for i, left := range slices.Backward(a.left) { // the latest counts
		at := slices.IndexFunc(left.Place.Files, isFile)
		if left.Name != name && at < 0 {
			continue
		}
		place := left.Place
		if left.Name != name {
			file := place.Files[at]
			file.Left = false
			place = tailer.Place{Files: []tailer.Position{file}, Looked: place.Looked}
		}
		a.forget(i, name, place.Files)
		return &place
	}
	return nil
}

// forget takes out of what is remembered the entry at i if it has the name, and
// the files that are read again, wherever they are.
func (a *live) forget(i int, name string, files []tailer.Position) {
	kept := slices.Clone(a.left)
	for j := range kept {
		kept[j].Place.Files = slices.DeleteFunc(slices.Clone(kept[j].Place.Files), func(p tailer.Position) bool {
			return slices.ContainsFunc(files, func(f tailer.Position) bool { return f.Device == p.Device && f.Inode == p.Inode })
		})
		if kept[j].Name == name && j <= i {
			kept[j].Place.Files = nil
		}
	}
	a.left = slices.DeleteFunc(kept, func(l checkpoint.Left) bool { return len(l.Place.Files) == 0 })
}
