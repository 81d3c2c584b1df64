package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A process hands over to a successor, which may be another version of the
// program with another configuration, in these steps:
//
//  1. It starts the successor with its listening sockets.
//  2. The successor reads its configuration, accepts, and says that it is ready.
//     From now on both accept. If it is not, nothing has changed but for a line in
//     the log.
//  3. The process closes its copies of the sockets, writes the last state, frees
//     everything that only one can have, and says so by closing the conversation.
//  4. The successor opens that, while the connections of the process drain.

// successionVariable is the environment variable by which a process tells its
// successor what it is handed. It is not LISTEN_FDS, since LISTEN_PID cannot be
// known before the successor runs.
const successionVariable = "SPLITGAUGE_SUCCESSION"

// readyWord is what the successor says once it accepts.
const readyWord = "ready"

// successorTime is how long a successor may take to be ready. Names of servers
// may have to be looked up.
const successorTime = time.Minute

// Descriptors of a successor: the conversation, then the sockets.
const (
	conversationDescriptor = 3
	firstSocketDescriptor  = 4
)

// successor is a process that takes over. It is ready.
type successor struct {
	process      *os.Process // waited for by somebody else
	conversation net.Conn
}

// release tells the successor that what only one process can have is free.
func (s *successor) release() { s.conversation.Close() }

// namedFile is a socket to be handed over.
type namedFile struct {
	name string
	file *os.File
}

// files returns copies of all listening sockets; the caller owns them.
func (p *proxying) files() (files []namedFile, err error) {
	if p == nil {
		return nil, nil
	}
	sockets, err := p.proxy.Files()
	if err != nil {
		return nil, err
	}
	for _, s := range sockets {
		files = append(files, namedFile{s.Name, s.File})
	}
	for _, e := range p.egress {
		file, err := e.file()
		if err != nil {
			closeFiles(files)
			return nil, err
		}
		files = append(files, namedFile{egressName(e.address), file})
	}
	for i := range files {
		if err := files[i].detach(); err != nil {
			closeFiles(files)
			return nil, err
		}
	}
	return files, nil
}

// detach exchanges the descriptor for one that starting a process does not make
// block. Blocking is of the socket, not of the descriptor: this process could not
// stop accepting any more.
func (f *namedFile) detach() error {
	raw, err := f.file.SyscallConn()
	if err != nil {
		return fmt.Errorf("cannot hand over the listener %q: %w", f.name, err)
	}
	var descriptor int
	var duplicating error
	err = raw.Control(func(fd uintptr) { descriptor, duplicating = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) })
	if err = errors.Join(err, duplicating); err != nil {
		return fmt.Errorf("cannot hand over the listener %q: %w", f.name, err)
	}
	f.file.Close()
	f.file = os.NewFile(uintptr(descriptor), f.name)
	return nil
}

func closeFiles(files []namedFile) {
	for _, f := range files {
		f.file.Close()
	}
}

// startSuccessor starts command, a program and its arguments, and returns once it
// accepts. It gives up when ctx ends.
func (p *proxying) startSuccessor(ctx context.Context, command []string) (*successor, error) {
	files, err := p.files()
	if err != nil {
		return nil, err
	}
	defer closeFiles(files)
	ours, theirs, err := conversation()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{theirs}
	var names []string
	for _, f := range files {
		cmd.ExtraFiles = append(cmd.ExtraFiles, f.file)
		names = append(names, f.name)
	}
	if cmd.Env, err = successorEnvironment(os.Environ(), names); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		ours.Close()
		return nil, fmt.Errorf("cannot start %q: %w", command[0], err)
	}
	theirs.Close() // so that its end is noticed
	exited := make(chan struct{})
	go func() {
		cmd.Wait() // said by what it logs
		close(exited)
	}()
	if err := awaitReady(ctx, ours); err != nil {
		cmd.Process.Kill()
		<-exited
		ours.Close()
		return nil, fmt.Errorf("%q did not take over: %w", command[0], err)
	}
	return &successor{process: cmd.Process, conversation: ours}, nil
}

// awaitReady returns once the other end has said that it is ready.
func awaitReady(ctx context.Context, from net.Conn) error {
	defer context.AfterFunc(ctx, func() { from.SetReadDeadline(time.Unix(1, 0)) })()
	from.SetReadDeadline(time.Now().Add(successorTime))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	said, err := bufio.NewReader(from).ReadString('\n')
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("it was not ready after %v", successorTime)
	case err != nil:
		return errors.New("it ended; its log says why")
	case said != readyWord+"\n":
		return fmt.Errorf("it said %q, want %q", said, readyWord)
	}
	return nil
}

// conversation returns two connected sockets: one to talk by, and one to hand on.
func conversation() (ours net.Conn, theirs *os.File, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot make sockets to talk with a successor: %w", err)
	}
	mine := os.NewFile(uintptr(pair[0]), "conversation")
	defer mine.Close()
	theirs = os.NewFile(uintptr(pair[1]), "conversation")
	if ours, err = net.FileConn(mine); err != nil {
		theirs.Close()
		return nil, nil, fmt.Errorf("cannot make sockets to talk with a successor: %w", err)
	}
	return ours, theirs, nil
}

// successorEnvironment returns the environment for a successor: without what the
// service manager said of this process alone.
func successorEnvironment(environment, names []string) ([]string, error) {
	handed, err := json.Marshal(names)
	if err != nil {
		return nil, err
	}
	environment = slices.DeleteFunc(slices.Clone(environment), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return strings.HasPrefix(name, "LISTEN_") || name == "WATCHDOG_PID" || name == successionVariable
	})
	return append(environment, successionVariable+"="+string(handed)), nil
}

// predecessor is the process whose place this one takes.
type predecessor struct{ conversation net.Conn }

// succeeding returns the process whose place this one takes, and the sockets that
// it hands over; nil where there is none.
func succeeding() (*predecessor, *sockets, error) {
	handed, ok := os.LookupEnv(successionVariable)
	if !ok {
		return nil, nil, nil
	}
	os.Unsetenv(successionVariable)
	var names []string
	if err := json.Unmarshal([]byte(handed), &names); err != nil {
		return nil, nil, fmt.Errorf("cannot read %s, %q: %w", successionVariable, handed, err)
	}
	file := os.NewFile(conversationDescriptor, "conversation")
	conn, err := net.FileConn(file)
	file.Close()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot talk to the process whose place this one takes: %w", err)
	}
	all := &sockets{}
	for i, name := range names {
		if err := all.add(name, os.NewFile(uintptr(firstSocketDescriptor+i), name)); err != nil {
			all.close()
			conn.Close()
			return nil, nil, err
		}
	}
	all.own()
	return &predecessor{conn}, all, nil
}

// own has unix sockets removed with their listener: who opened them does not any
// more.
func (s *sockets) own() {
	for _, one := range s.free {
		if unixSocket, ok := one.listener.(*net.UnixListener); ok {
			unixSocket.SetUnlinkOnClose(true)
		}
	}
}

// takeOver tells the predecessor that this process accepts, and returns once it
// has let go of the rest. What ends ctx ends waiting.
func (b *predecessor) takeOver(ctx context.Context) error {
	defer b.conversation.Close()
	defer context.AfterFunc(ctx, func() { b.conversation.SetReadDeadline(time.Unix(1, 0)) })()
	if _, err := b.conversation.Write([]byte(readyWord + "\n")); err != nil {
		return fmt.Errorf("cannot tell the process whose place this one takes: %w", err)
	}
	b.conversation.Read(make([]byte, 1)) // ends when it closes, or is no more
	return ctx.Err()
}
