// Package proxy stands between a client and a server, and breaks the network
// between them: it cuts, hangs, delays, refuses, and lets only one direction
// through.
package proxy

import (
	"errors"
	"net"
	"sync"
	"time"
)

// A Fault is what becomes of connections and their bytes.
type Fault uint8

// The faults. What a connection holds back while it hangs goes on when the
// fault ends, as packets do that are sent again.
const (
	None   Fault = iota
	Refuse       // nobody listens, and what there is is cut
	Hang         // connections stand, new ones too, and nothing passes
	Deaf         // the server's answers don't pass: half of the connection is open
	Slow         // each read waits before it passes
	Flaky        // each connection is cut after some bytes
)

// slow is how long a read waits, and flaky how many bytes pass.
const (
	slow  = time.Millisecond
	flaky = 64 << 10
)

// A Proxy forwards connections to a server from an address of its own.
type Proxy struct {
	server  string
	address string

	mu       sync.Mutex
	passing  *sync.Cond // the fault changed, or a connection ended
	fault    Fault
	listener net.Listener // nil: nobody listens
	conns    map[net.Conn]bool
	closed   bool
	running  sync.WaitGroup
}

// New listens on a port of loopback.
func New(server string) (*Proxy, error) {
	p := &Proxy{server: server, address: "127.0.0.1:0", conns: map[net.Conn]bool{}}
	p.passing = sync.NewCond(&p.mu)
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.listen()
	return p, err
}

// Address is what clients connect to, always the same one.
func (p *Proxy) Address() string { return p.address }

// Set brings a fault about, or ends it.
func (p *Proxy) Set(f Fault) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
	p.passing.Broadcast()
	if f == Refuse {
		return p.deafen()
	}
	return p.listen()
}

// Cut ends all connections there are; new ones are welcome.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut()
}

// Close ends everything.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	p.passing.Broadcast()
	err := p.deafen()
	p.mu.Unlock()
	p.running.Wait()
	return err
}

// cut resets connections: the other end learns of it at once.
func (p *Proxy) cut() {
	for c := range p.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		c.Close()
		delete(p.conns, c)
	}
	p.passing.Broadcast()
}

func (p *Proxy) deafen() error {
	p.cut()
	if p.listener == nil {
		return nil
	}
	l := p.listener
	p.listener = nil
	return l.Close()
}

func (p *Proxy) listen() error {
	if p.listener != nil || p.closed {
		return nil
	}
	l, err := net.Listen("tcp", p.address)
	if err != nil {
		return err
	}
	p.listener, p.address = l, l.Addr().String()
	p.running.Go(func() { p.accept(l) })
	return nil
}

func (p *Proxy) accept(l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return // deafen closed it
		}
		p.running.Go(func() { p.serve(client) })
	}
}

// serve forwards one connection until one of its ends has enough.
func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	if !p.keep(client) {
		return
	}
	defer p.drop(client)
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	if !p.keep(server) {
		return
	}
	defer p.drop(server)
	budget := flaky
	var both sync.WaitGroup
	both.Go(func() { p.forward(server, client, false, &budget) })
	p.forward(client, server, true, &budget)
	both.Wait()
}

func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.listener == nil {
		return false
	}
	p.conns[c] = true
	return true
}

func (p *Proxy) drop(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	p.passing.Broadcast()
}

// forward copies one direction. An end closes both: half-closed connections
// are what Deaf is for.
func (p *Proxy) forward(to, from net.Conn, answers bool, budget *int) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && p.admit(from, answers, n, budget) != nil {
			return
		}
		if _, failed := to.Write(buffer[:n]); failed != nil || err != nil {
			return
		}
	}
}

var errCut = errors.New("cut")

// admit waits until bytes may pass.
func (p *Proxy) admit(from net.Conn, answers bool, n int, budget *int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault == Slow {
		p.mu.Unlock()
		time.Sleep(slow)
		p.mu.Lock()
	}
	for (p.fault == Hang || p.fault == Deaf && answers) && !p.closed && p.conns[from] {
		p.passing.Wait()
	}
	*budget -= n
	if p.closed || !p.conns[from] || p.fault == Flaky && *budget < 0 {
		return errCut
	}
	return nil
}
