package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program that runs until it is stopped.
type process struct {
	name    string
	command *exec.Cmd
	log     string        // what it writes
	ended   chan struct{} // closed when it has ended
}

// start starts a program in a process group of its own, and waits until each
// address accepts connections.
func (h *harness) start(ctx context.Context, name string, argv []string, addresses ...string) (*process, error) {
	log, err := os.Create(h.file("log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &process{name: name, command: exec.Command(argv[0], argv[1:]...), log: log.Name(), ended: make(chan struct{})}
	p.command.Stdout, p.command.Stderr = log, log
	p.command.SysProcAttr = ownGroup()
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	go func() {
		p.command.Wait()
		close(p.ended)
	}()
	h.running = append(h.running, p)
	for _, address := range addresses {
		if err := p.await(ctx, address); err != nil {
			h.stop(p)
			return nil, err
		}
	}
	return p, nil
}

// await waits until a process accepts connections at an address.
func (p *process) await(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ticker.C:
		case <-p.ended:
			return fmt.Errorf("%s has ended: %s", p.name, p.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s does not accept connections at %s: %w: %s", p.name, address, err, p.tail())
		}
	}
}

// tail returns the end of what a process has written.
func (p *process) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text[max(0, len(text)-1000):]))
}

// stop asks a process to end, and kills it with its group where it does not.
func (h *harness) stop(p *process) {
	if at := slices.Index(h.running, p); at >= 0 {
		h.running = slices.Delete(h.running, at, at+1)
	}
	p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
	}
	killGroup(p.command.Process.Pid) // workers that a master has left behind too
	<-p.ended
}

// memory returns the resident set of a process and its children, in bytes.
func (p *process) memory() (int64, error) {
	pids := []string{strconv.Itoa(p.command.Process.Pid)}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%[1]s/task/%[1]s/children", pids[0]))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	pids = append(pids, strings.Fields(string(children))...)
	var sum int64
	for _, pid := range pids {
		text, err := os.ReadFile(filepath.Join("/proc", pid, "status"))
		if err != nil {
			return 0, err
		}
		_, rest, ok := strings.Cut(string(text), "\nVmRSS:")
		fields := strings.Fields(rest)
		if !ok || len(fields) == 0 {
			return 0, fmt.Errorf("the kernel does not tell the resident set of %s", p.name)
		}
		kib, err := strconv.ParseInt(fields[0], 10, 64)
		if err != nil {
			return 0, err
		}
		sum += kib << 10
	}
	return sum, nil
}

// file returns a new name in the directory of the harness.
func (h *harness) file(kind string) string {
	h.number++
	return filepath.Join(h.scratch, fmt.Sprintf("%d.%s", h.number, kind))
}

// write writes a file of a new name.
func (h *harness) write(kind, text string) (string, error) {
	name := h.file(kind)
	return name, os.WriteFile(name, []byte(text), 0o600)
}

// freeAddresses returns addresses on loopback that nobody listens on.
func freeAddresses(count int) (addresses []string, err error) {
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close() // all at once, so that no two are the same
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// find returns where a program is, or an error that says where to get it.
func find(name, debian string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		if path, err = exec.LookPath(filepath.Join("/usr/sbin", name)); err != nil { // where only root looks
			return "", fmt.Errorf("%s is not installed: on Debian it is in %s", name, debian)
		}
	}
	return path, nil
}
