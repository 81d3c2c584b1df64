package agent

import (
	"fmt"
	"os"
	"sync"
)

// accessFile is the file of the proxies' access log, which can be opened anew
// after it was rotated.
type accessFile struct {
	mu   sync.Mutex
	file *os.File
}

func openAccessFile(path string) (*accessFile, error) {
	file, err := appendTo(path)
	if err != nil {
		return nil, err
	}
	return &accessFile{file: file}, nil
}

func appendTo(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
	if err != nil {
		return nil, fmt.Errorf("cannot open the proxies' access log: %w", err)
	}
	return file, nil
}

// Write implements io.Writer.
func (a *accessFile) Write(b []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.file.Write(b)
}

// reopen goes on in the file that path names now.
func (a *accessFile) reopen(path string) error {
	file, err := appendTo(path)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.file.Close()
	a.file = file
	return nil
}

// Close implements io.Closer; a nil file is closed.
func (a *accessFile) Close() error {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.file.Close()
}
