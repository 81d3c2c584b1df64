//go:build unix && !linux

package proxy

// pipe and what follows is for Linux alone; elsewhere bytes are copied.
type pipe struct{}

type pipes struct{}

func newPipes(int) *pipes  { return &pipes{} }
func (p *pipes) close()    {}
func (p *pipes) made() int { return 0 }

func (d *direction) wantsSplice() bool                { return false }
func (d *direction) spliceIn(uintptr) (done, ok bool) { return false, false }
func (d *direction) drainPipe() ending                { return running }
