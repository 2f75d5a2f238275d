package broker

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// A process is one life of the broker.
type process struct {
	command *exec.Cmd
	ended   chan struct{} // closed when it is gone
}

func startProcess(command *exec.Cmd, log string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close() // the process has its own
	command.Stdout, command.Stderr = out, out
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		return nil, err
	}
	p := &process{command: command, ended: make(chan struct{})}
	go func() {
		_ = command.Wait() // how it ended is in its log
		close(p.ended)
	}()
	return p, nil
}

func (s *Server) signal(sig syscall.Signal) (*process, error) {
	s.mu.Lock()
	p := s.process
	s.mu.Unlock()
	if p == nil {
		return nil, fmt.Errorf("the broker doesn't run")
	}
	return p, p.command.Process.Signal(sig)
}

// Pause stops the broker where it is (SIGSTOP): its connections stay, and
// nothing answers. Resume lets it go on.
func (s *Server) Pause() error {
	_, err := s.signal(syscall.SIGSTOP)
	return err
}

// Resume ends a Pause.
func (s *Server) Resume() error {
	_, err := s.signal(syscall.SIGCONT)
	return err
}

// Kill ends the broker at once (SIGKILL). Restart starts it again.
func (s *Server) Kill() error { return s.end(syscall.SIGKILL) }

// Stop shuts the broker down as one does. Restart starts it again.
func (s *Server) Stop() error { return s.end(syscall.SIGTERM) }

func (s *Server) end(sig syscall.Signal) error {
	p, err := s.signal(sig)
	if err != nil {
		return err
	}
	<-p.ended
	s.mu.Lock()
	s.process = nil
	s.mu.Unlock()
	return nil
}

// Log is what the broker wrote up to now: warnings and errors.
func (s *Server) Log() string {
	text, err := os.ReadFile(s.file("log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// remove ends the broker, whatever its state, and leaves nothing of it.
func (s *Server) remove() {
	if s.process != nil {
		_ = s.Kill()
	}
	os.RemoveAll(s.folder)
}
