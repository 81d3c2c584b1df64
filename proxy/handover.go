package proxy

import (
	"fmt"
	"os"
)

// A File is the socket of a listener, to be handed to another process.
type File struct {
	Name    string // of the listener
	Address string // as configured
	File    *os.File
}

// Files returns the sockets of all listeners, duplicated, for another process to
// go on accepting from: what waits in the backlog is not lost. The other process
// makes a Listener of each by net.FileListener. The caller owns the files. Files
// of unix sockets are from then on not removed when the listener is closed.
func (p *Proxy) Files() ([]File, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var files []File
	for _, l := range p.listeners {
		file, err := duplicate(l.socket)
		if err != nil {
			for _, f := range files {
				f.File.Close()
			}
			return nil, fmt.Errorf("cannot hand over the listener %q: %w", l.name(), err)
		}
		files = append(files, File{Name: l.name(), Address: l.address, File: file})
	}
	return files, nil
}
