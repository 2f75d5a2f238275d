package failpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// anyPoint stands for all points; its hits are counted together.
const anyPoint = "*"

// A rule says what happens at a point, at each hit or at one.
type rule struct {
	point  string
	at     int // from 1; 0: each
	action func(point string) error
}

// parse reads a plan: `point=action@hit`, with commas between.
func parse(plan string) ([]rule, error) {
	var rules []rule
	for _, text := range strings.FieldsFunc(plan, func(r rune) bool { return r == ',' }) {
		r, err := parseRule(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", Plan, text, err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func parseRule(text string) (r rule, err error) {
	point, action, ok := strings.Cut(text, "=")
	if !ok || point == "" {
		return r, fmt.Errorf("that isn't point=action")
	}
	r.point = point
	if i := strings.LastIndexByte(action, '@'); i >= 0 {
		if r.at, err = strconv.Atoi(action[i+1:]); err != nil || r.at < 1 {
			return r, fmt.Errorf("hits are counted from 1")
		}
		action = action[:i]
	}
	name, file, _ := strings.Cut(action, ":")
	switch {
	case name == "pause" && file != "":
		r.action = func(string) error { return pause(file) }
	case file == "" && actions[name] != nil:
		r.action = actions[name]
	default:
		return r, fmt.Errorf("there is kill, stop, error and pause:FILE")
	}
	return r, nil
}

var actions = map[string]func(point string) error{
	"kill":  func(string) error { return signal(syscall.SIGKILL) },
	"stop":  func(string) error { return signal(syscall.SIGSTOP) },
	"error": func(point string) error { return fmt.Errorf("%s: %w", point, ErrInjected) },
}

// signal sends one to this process, and returns once it was continued.
func signal(s syscall.Signal) error {
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		return err
	}
	for s == syscall.SIGKILL { // until it arrives
		time.Sleep(time.Second)
	}
	return nil
}

// pause waits until a file is there, and says beside it that it does.
func pause(file string) error {
	if err := os.WriteFile(file+".reached", nil, 0o666); err != nil {
		return err
	}
	for {
		if _, err := os.Stat(file); err == nil {
			return nil
		}
		time.Sleep(2 * time.Millisecond)
	}
}
