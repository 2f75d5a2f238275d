package proxy

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is a server that says everything again, behind a proxy.
func start(t *testing.T) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	p, err := New(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func dial(t *testing.T, p *Proxy) *bufio.ReadWriter {
	t.Helper()
	c, err := net.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return bufio.NewReadWriter(bufio.NewReader(c), bufio.NewWriterSize(c, 0))
}

func say(c *bufio.ReadWriter, text string) (string, error) {
	if _, err := c.WriteString(text + "\n"); err != nil {
		return "", err
	}
	if err := c.Flush(); err != nil {
		return "", err
	}
	return c.ReadString('\n')
}

func set(t *testing.T, p *Proxy, f Fault) {
	t.Helper()
	if err := p.Set(f); err != nil {
		t.Fatal(err)
	}
}

func TestConnectionsPassAndAreCut(t *testing.T) {
	p := start(t)
	c := dial(t, p)
	if got, err := say(c, "hello"); got != "hello\n" || err != nil {
		t.Fatal(got, err)
	}
	p.Cut()
	if got, err := say(c, "hello"); err == nil {
		t.Errorf("after a cut: %q", got)
	}
	if got, err := say(dial(t, p), "again"); got != "again\n" || err != nil {
		t.Errorf("a new one: %q, %v", got, err)
	}
}

func TestNobodyListensWhereItRefuses(t *testing.T) {
	p := start(t)
	c := dial(t, p)
	set(t, p, Refuse)
	if got, err := say(c, "hello"); err == nil {
		t.Errorf("the old connection: %q", got)
	}
	if c, err := net.Dial("tcp", p.Address()); err == nil {
		c.Close()
		t.Error("somebody listens")
	}
	set(t, p, None)
	if got, err := say(dial(t, p), "back"); got != "back\n" || err != nil {
		t.Errorf("afterwards: %q, %v", got, err)
	}
}

// What hangs goes on afterwards, with nothing lost.
func TestWhatHangsGoesOn(t *testing.T) {
	for _, f := range []Fault{Hang, Deaf} {
		p := start(t)
		set(t, p, f)
		c := dial(t, p)
		answer := make(chan string)
		go func() {
			got, err := say(c, "hello")
			if err != nil {
				got = err.Error()
			}
			answer <- got
		}()
		select {
		case got := <-answer:
			t.Errorf("it didn't hang: %q", got)
		case <-time.After(50 * time.Millisecond): // nothing tells that nothing came
		}
		set(t, p, None)
		if got := <-answer; got != "hello\n" {
			t.Errorf("afterwards: %q", got)
		}
	}
}

func TestACutEndsWhatHangs(t *testing.T) {
	p := start(t)
	set(t, p, Hang)
	c := dial(t, p)
	answer := make(chan error)
	go func() {
		_, err := say(c, "hello")
		answer <- err
	}()
	set(t, p, Refuse)
	if err := <-answer; err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

func TestFlakyConnectionsEndAfterSomeBytes(t *testing.T) {
	p := start(t)
	set(t, p, Flaky)
	c, said := dial(t, p), 0
	for ; said < 1000; said++ {
		if _, err := say(c, strings.Repeat("x", 999)); err != nil {
			break
		}
	}
	if said == 0 || said*2000 > flaky+2000 {
		t.Errorf("%d lines of 1,000 bytes passed", said)
	}
	if got, err := say(dial(t, p), "slow"); got != "slow\n" || err != nil {
		t.Errorf("a new one: %q, %v", got, err)
	}
}

func TestSlowConnectionsPass(t *testing.T) {
	p := start(t)
	set(t, p, Slow)
	began := time.Now()
	if got, err := say(dial(t, p), "slow"); got != "slow\n" || err != nil || time.Since(began) < 2*slow {
		t.Errorf("%q, %v after %s", got, err, time.Since(began))
	}
}
