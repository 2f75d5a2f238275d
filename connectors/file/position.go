package file

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/weavster/weavster/connectors"
)

// window is how many bytes at the beginning of a file, and before the place
// that was reached, are remembered as their hash.
const window = 256

// A position is the place after a message. Read is a fingerprint of the bytes
// before it: a file in whose place another one stands has another.
type position struct {
	Offset int64  `json:"offset"`
	Line   int64  `json:"line"` // the number of the next line
	Read   string `json:"read"`
}

func fingerprint(head, tail []byte) string {
	h := sha256.New()
	h.Write(head)
	h.Write(tail)
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// at is the place as the engine keeps it.
func (r *reader) at() (connectors.Position, error) {
	return json.Marshal(position{Offset: r.offset, Line: r.line, Read: fingerprint(r.head, r.tail)})
}

// restore goes to a place where an earlier run ended, and refuses to if what
// was read then isn't there any more.
func (r *reader) restore(end connectors.Position) error {
	if end == nil {
		return nil
	}
	var p position
	if err := json.Unmarshal(end, &p); err != nil {
		return fmt.Errorf("%s: its checkpoint isn't a place in a file: %w", r.name, err)
	}
	info, err := r.file.Stat()
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	if info.Size() < p.Offset {
		return r.changed(fmt.Sprintf("has %d bytes, and %d were read already: it was cut or replaced", info.Size(), p.Offset))
	}
	if err := r.remember(p.Offset); err != nil {
		return err
	}
	if fingerprint(r.head, r.tail) != p.Read {
		return r.changed(fmt.Sprintf("isn't the file of which %d bytes were read: it was replaced", p.Offset))
	}
	if info.Size() > p.Offset {
		if err := r.continues(p.Offset); err != nil {
			return err
		}
	}
	r.offset, r.line, r.last = p.Offset, p.Line, end
	return nil
}

// remember reads what the fingerprint of a place is made of.
func (r *reader) remember(offset int64) error {
	n := min(offset, window)
	r.head, r.tail = make([]byte, n), make([]byte, n)
	if _, err := r.file.ReadAt(r.head, 0); err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	if _, err := r.file.ReadAt(r.tail, offset-n); err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	return nil
}

// continues refuses a file that went on in the middle of its last line, which
// was taken for a whole message when the file ended there.
func (r *reader) continues(offset int64) error {
	if len(r.tail) == 0 || r.tail[len(r.tail)-1] == '\n' {
		return nil
	}
	next := make([]byte, 1)
	if _, err := r.file.ReadAt(next, offset); err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	if next[0] == '\n' || next[0] == '\r' {
		return nil
	}
	return r.changed("goes on in the middle of a line that was read as a whole message when the file ended there")
}

func (r *reader) changed(how string) error {
	return fmt.Errorf("%s %s; put it back, give the new file another name, or forget the place: %s",
		r.name, how, forget(r.config, "checkpoint", "partition", r.name))
}

// forget is the command that takes a row of one flow out of the state.
func forget(c *connectors.Config, table, column, value string) string {
	quote := func(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
	return fmt.Sprintf(`weavster sql "delete from %s.%s where project = %s and flow = %s and %s = %s"`,
		cmp.Or(c.Schema, "weavster"), table, quote(c.Project), quote(c.Flow), column, quote(value))
}

// advance keeps the fingerprint's bytes as the file is read.
func (r *reader) advance(used []byte) {
	r.offset += int64(len(used))
	if missing := window - len(r.head); missing > 0 {
		r.head = append(r.head, used[:min(missing, len(used))]...)
	}
	if len(used) >= window {
		r.tail = append(r.tail[:0], used[len(used)-window:]...)
		return
	}
	r.tail = append(r.tail, used...)
	if over := len(r.tail) - window; over > 0 {
		r.tail = append(r.tail[:0], r.tail[over:]...)
	}
}

// firstRecord reads a CSV file's header and returns it with its bytes.
func firstRecord(f *os.File, name string, size func([]byte) int, limit int) ([]byte, error) {
	buf := make([]byte, min(limit, readBytes))
	n, err := f.ReadAt(buf, 0)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if end := size(buf[:n]); end >= 0 {
		return buf[:end], nil
	}
	if err == io.EOF {
		return buf[:n], nil
	}
	return nil, fmt.Errorf("%s: its header doesn't end within %d bytes", name, len(buf))
}
