package observe

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

const (
	terminalEvery = 200 * time.Millisecond
	logEvery      = 10 * time.Second
)

// A Progress shows meters while they run: as a line that is written over on a
// terminal, as log lines elsewhere.
type Progress struct {
	meters []*Meter
	log    *slog.Logger
	line   io.Writer // nil: not a terminal
	width  func() int
	shown  bool
}

// NewProgress shows meters on f.
func NewProgress(f *os.File, log *slog.Logger, meters []*Meter) *Progress {
	p := &Progress{meters: meters, log: log}
	if term.IsTerminal(int(f.Fd())) {
		p.line = f
		p.width = func() int {
			width, _, err := term.GetSize(int(f.Fd()))
			if err != nil || width <= 0 {
				return 80
			}
			return width
		}
	}
	return p
}

// NewLog writes one JSON object an event, or nothing to a terminal, where the
// progress line and the closing sentence tell the same.
func NewLog(f *os.File) *slog.Logger {
	if term.IsTerminal(int(f.Fd())) {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewJSONHandler(f, nil))
}

// Run shows progress until the context is done.
func (p *Progress) Run(ctx context.Context) {
	every := logEvery
	if p.line != nil {
		every = terminalEvery
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.show()
		case <-ctx.Done():
			p.clear()
			return
		}
	}
}

func (p *Progress) show() {
	if p.line == nil {
		for _, m := range p.meters {
			t := m.Totals()
			p.log.Info("progress", "flow", t.Flow, "read", t.Read, "dead_letters", t.DeadLetters,
				"messages_per_second", int64(t.PerSecond), "waiting", t.Waiting)
		}
		return
	}
	var parts []string
	for _, m := range p.meters {
		parts = append(parts, m.line())
	}
	text := strings.Join(parts, "  |  ")
	if runes := []rune(text); len(runes) >= p.width() {
		text = string(runes[:p.width()-1])
	}
	fmt.Fprintf(p.line, "\r\x1b[K%s", text)
	p.shown = true
}

func (p *Progress) clear() {
	if p.line != nil && p.shown {
		io.WriteString(p.line, "\r\x1b[K")
	}
}

// line is a meter in a few words.
func (m *Meter) line() string {
	t := m.Totals()
	if t.Waiting != "" {
		return fmt.Sprintf("%s: %s read, waiting: %s", t.Flow, Grouped(t.Read), t.Waiting)
	}
	text := fmt.Sprintf("%s: %s read, %s/s", t.Flow, Grouped(t.Read), Grouped(int64(t.PerSecond)))
	for _, o := range t.Outputs {
		text += fmt.Sprintf(", %s to %s", Grouped(o.Rows), o.Output)
	}
	if t.DeadLetters > 0 {
		text += fmt.Sprintf(", %s dead letters", Grouped(t.DeadLetters))
	}
	return text
}
