// Package oracle makes messages that derive from a number, and looks for each
// of them in everything that a project wrote: what is missing, what came
// twice, what came out of order. It knows the flows by what they are for, and
// nothing of how they are run.
package oracle

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// A Fate is what a message was made for. The flows in tests/crash/project do
// with it what it says.
type Fate string

// The fates.
const (
	All          Fate = "all"    // goes to every output
	Some         Fate = "some"   // goes to every output but postgres.other
	Drop         Fate = "drop"   // is filtered
	Fail         Fate = "fail"   // fails in a step
	Broken       Fate = "broken" // isn't JSON
	RefusedOwn   Fate = "own"    // is refused by postgres.own
	RefusedOther Fate = "other"  // is refused by postgres.other
)

// fates is how many of a hundred messages have which.
var fates = []struct {
	fate Fate
	of   uint64
}{{All, 72}, {Some, 6}, {Drop, 6}, {Fail, 5}, {Broken, 3}, {RefusedOwn, 4}, {RefusedOther, 4}}

// A Plan is the messages of a project, numbered from 0, in files of one size.
type Plan struct {
	Messages int
	Files    int
	Seed     uint64
	Pad      int  // bytes by which a message is longer than it need be
	Plain    bool // all have fate All: refused rows cost many round trips
}

// mix is splitmix64's output function: of a number, one that looks random.
// https://prng.di.unimi.it/splitmix64.c
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (p Plan) random(n int) uint64 { return mix(p.Seed<<32 ^ uint64(n)) }

// Fate is what becomes of a message.
func (p Plan) Fate(n int) Fate {
	if p.Plain {
		return All
	}
	at := p.random(n) % 100
	for _, f := range fates {
		if at < f.of {
			return f.fate
		}
		at -= f.of
	}
	return All
}

// Key is what messages of one file are grouped by where order goes by keys.
func (p Plan) Key(n int) string { return "k" + strconv.Itoa(int(p.random(n)>>32%7)) }

// Sum is carried from end to end, and belongs to one message.
func (p Plan) Sum(n int) string { return fmt.Sprintf("%016x", mix(p.random(n))) }

// File is the number of the file that a message is in.
func (p Plan) File(n int) int { return n / p.perFile() }

func (p Plan) perFile() int { return (p.Messages + p.Files - 1) / p.Files }

// Source is where dead letters say that a message was read.
func (p Plan) Source(n int) string {
	return fmt.Sprintf("%s:%d", p.name(p.File(n)), n%p.perFile()+1)
}

func (p Plan) name(file int) string { return fmt.Sprintf("in/%04d.jsonl", file) }

// AppendMessage appends a message as the flow reads it.
func (p Plan) AppendMessage(b []byte, n int) []byte {
	fate := p.Fate(n)
	value, own, other := strconv.Itoa(n%1000), n%1000, n%1000
	switch fate {
	case Fail:
		value = `"many"`
	case RefusedOwn:
		own += 1 << 40 // no integer of Postgres
	case RefusedOther:
		other += 1 << 40
	}
	b = fmt.Appendf(b, `{"n":%d,"key":"%s","fate":"%s","sum":"%s","v":%s,"own":%d,"other":%d,"pad":"`, n, p.Key(n), fate, p.Sum(n), value, own, other)
	if fate == Broken {
		return b
	}
	return append(append(b, bytes.Repeat([]byte{'p'}, p.Pad)...), `"}`...)
}

// Write makes the input's files in a project's folder.
func (p Plan) Write(folder string) error {
	if err := os.MkdirAll(filepath.Join(folder, "in"), 0o777); err != nil {
		return err
	}
	for file := range p.Files {
		if err := p.writeFile(filepath.Join(folder, p.name(file)), file); err != nil {
			return err
		}
	}
	return nil
}

func (p Plan) writeFile(name string, file int) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	var b []byte
	for n := file * p.perFile(); n < min((file+1)*p.perFile(), p.Messages); n++ {
		b = append(p.AppendMessage(b[:0], n), '\n')
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return errors.Join(w.Flush(), f.Close())
}
