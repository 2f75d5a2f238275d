package module

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/module/moduletest"
	"github.com/weavster/weavster/runtime/module/verify"
)

var guestManifest = &contract.Manifest{
	ABI: contract.ABIVersion, Flow: "guest", Outputs: make([]contract.Output, 1), Steps: make([]contract.Step, 1), Meta: []string{"topic"},
}

func guest(t *testing.T, o Options) *Instance {
	t.Helper()
	return start(t, moduletest.Guest, o)
}

// start makes an instance; its limits are low, so that what runs without end
// costs a test little.
func start(t *testing.T, source string, o Options) *Instance {
	t.Helper()
	if o.Limit == 0 {
		o.Limit = 1
	}
	m, err := Compile(t.Context(), moduletest.Assemble(source).Bytes(), guestManifest, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close(context.Background()) })
	f, err := m.Configure(t.Context(), [][]byte{[]byte("42")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	in, err := f.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func frame(messages []string) (text []byte, ends []uint32) {
	for _, m := range messages {
		text = append(text, m...)
		ends = append(ends, uint32(len(text)))
		text = append(text, '\n')
	}
	return text, ends
}

func batch(messages ...string) *contract.Batch {
	b := &contract.Batch{Now: time.Unix(0, 0)}
	b.Payload, b.Ends = frame(messages)
	meta := make([]string, len(messages))
	for i := range meta {
		meta[i] = fmt.Sprintf(`{"topic":"t%d"}`, i)
	}
	b.Meta, b.MetaEnds = frame(meta)
	return b
}

// fates tells a result in one line a message: the rows, or "drop", or the
// failure.
func fates(n int, r *contract.Result) []string {
	all := make([]string, n)
	for i := range r.Outputs {
		rows := &r.Outputs[i]
		for j := range rows.Len() {
			all[rows.Message[j]] += "[" + string(rows.Row(j)) + "]"
		}
	}
	for _, d := range r.Drops {
		all[d.Message] += fmt.Sprintf("drop %d at %d/%d", d.Reason, d.Output, d.Step)
	}
	for _, f := range r.Failures {
		all[f.Message] += strings.TrimSpace(fmt.Sprintf("%s at %d/%d %s: %s", f.Code, f.Output, f.Step, f.Field, f.Detail))
	}
	return all
}

func process(t *testing.T, in *Instance, messages ...string) []string {
	t.Helper()
	r, err := in.Process(t.Context(), batch(messages...))
	if err != nil {
		t.Fatal(err)
	}
	return fates(len(messages), r)
}

func TestProcess(t *testing.T) {
	for _, o := range []Options{{}, {Interpreter: true}} {
		in := guest(t, o)
		want := []string{`[{"a":1}]`, "drop 1 at -1/0", "W1101 missing at -1/0 field: field", "[sx][sx]", "[42]", `[{"topic":"t5"}]`}
		if diff := cmp.Diff(want, process(t, in, `{"a":1}`, "d", "f", "sx", "v", "m")); diff != "" {
			t.Errorf("interpreter %v: %s", o.Interpreter, diff)
		}
		if got := process(t, in); len(got) != 0 {
			t.Errorf("an empty batch gives %v", got)
		}
	}
}

// Each message's events are its own, also where the batch is run in parts.
func TestTrace(t *testing.T) {
	in := guest(t, Options{})
	b := batch(`{"a":1}`, "T", "d", "long")
	for _, trace := range []bool{false, true, false} {
		b.Trace = trace
		r, err := in.Process(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range r.Clone().Events {
			got = append(got, fmt.Sprintf("%d %d %d %d %s", e.Message, e.Output, e.Step, e.Kind, e.Value))
		}
		var want []string
		if trace { // what traps tells nothing
			want = []string{`0 -1 -1 1 {"a":1}`, "2 -1 -1 1 d", "3 -1 -1 1 long"}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("trace %v: %s", trace, diff)
		}
		if diff := cmp.Diff([]string{`[{"a":1}]`, hostile["T"], "drop 1 at -1/0", "[long]"}, fates(4, r)); diff != "" {
			t.Errorf("trace %v: %s", trace, diff)
		}
	}
}

// What each hostile message ends as, alone or among others.
var hostile = map[string]string{
	"L": "W1301 work_limit at -1/-1 : the message needs more than its units of work",
	"M": "W1302 memory_limit at -1/-1 : the message needs more than the module's memory",
	"R": "W1303 trap at -1/-1 : the module trapped: stack overflow",
	"T": "W1303 trap at -1/-1 : the module trapped: unreachable",
	"P": "W1303 trap at -1/-1 : the module panicked: panicked at shop.rs:7: no such tier: …",
	"O": "W1303 trap at -1/-1 : the module's answer breaks its contract: its results lie outside its memory",
	"C": "W1303 trap at -1/-1 : the module's answer breaks its contract: it says nothing of message 0",
}

func TestHostileMessageCostsItselfAlone(t *testing.T) {
	// The stack is full after some two million calls.
	in := guest(t, Options{MemoryPages: 16, Limit: 8})
	for message, fate := range hostile {
		alone := process(t, in, message)
		if diff := cmp.Diff([]string{fate}, alone); diff != "" {
			t.Errorf("%s alone: %s", message, diff)
		}
		for _, at := range []int{0, 3} {
			messages := []string{"a0", "d1", "f2", "s3", "a4"}
			want := process(t, in, messages...)
			// O looks at the first message of a call only.
			messages[at], want[at] = message, fate
			if message == "O" && at > 0 {
				want[at] = "[O]"
			}
			if diff := cmp.Diff(want, process(t, in, messages...)); diff != "" {
				t.Errorf("%s at %d: %s", message, at, diff)
			}
		}
	}
	all := []string{"L", "a", "M", "T", "d", "R", "P"}
	want := []string{hostile["L"], "[a]", hostile["M"], hostile["T"], "drop 1 at -1/0", hostile["R"], hostile["P"]}
	if diff := cmp.Diff(want, process(t, in, all...)); diff != "" {
		t.Error(diff)
	}
}

// The module says which message it was working on. That is used where it is
// true, and costs no more than time where it isn't.
func TestSearchForTheGuilty(t *testing.T) {
	const said = "i32.const 128  local.get $i  i32.store 8"
	for _, c := range []struct {
		says     string
		renewals int // at most
	}{
		{said, 4}, // two a guilty message
		{"i32.const 128  i32.const 5  i32.store 8", 20},
		{"i32.const 128  i32.const -1  i32.store 8", 20},
		{"i32.const 128  i32.const 0  i32.store 8", 20},
	} {
		in := start(t, strings.Replace(moduletest.Guest, said, c.says, 1), Options{})
		messages := strings.Split(strings.Repeat("a", 64), "")
		want := strings.Split(strings.Repeat("[a]", 64), "]")[:64]
		for i := range want {
			want[i] += "]"
		}
		messages[40], want[40] = "T", hostile["T"]
		messages[41], want[41] = "T", hostile["T"]
		before := in.renewals
		if diff := cmp.Diff(want, process(t, in, messages...)); diff != "" {
			t.Errorf("%s: %s", c.says, diff)
		}
		if n := in.renewals - before; n > c.renewals {
			t.Errorf("%s: %d new instances, want at most %d", c.says, n, c.renewals)
		}
	}
}

func TestTrapLeavesNothingBehind(t *testing.T) {
	in := guest(t, Options{})
	if diff := cmp.Diff([]string{"[a]", "[b]"}, process(t, in, "n", "n")); diff != "" {
		t.Errorf("an instance isn't kept from message to message: %s", diff)
	}
	process(t, in, "T")
	if diff := cmp.Diff([]string{"[a]"}, process(t, in, "n")); diff != "" {
		t.Errorf("after a trap: %s", diff)
	}
}

// What earlier messages took is not a message's fault.
func TestMemoryOfOthersCondemnsNobody(t *testing.T) {
	in := guest(t, Options{MemoryPages: 16})
	for range 3 {
		if diff := cmp.Diff([]string{"[k]"}, process(t, in, "k")); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff([]string{"[k]", "[a]", "[k]"}, process(t, in, "k", "a", "k")); diff != "" {
		t.Errorf("in one batch: %s", diff)
	}
}

func TestBufferIsNotBelieved(t *testing.T) {
	for _, address := range []string{"65537", "0x3ffffff0", "-16"} {
		m, err := Compile(t.Context(), moduletest.Assemble(strings.Replace(moduletest.Guest, "  i32.const 65536)", "  i32.const "+address+")", 1)).Bytes(), guestManifest, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Configure(t.Context(), nil, nil); err == nil || !strings.Contains(err.Error(), "the module gave a buffer that breaks its contract") {
			t.Errorf("a buffer at %s: %v", address, err)
		}
		m.Close(t.Context())
	}
}

func TestBudgetIsEachMessagesOwn(t *testing.T) {
	in := guest(t, Options{Limit: 1})
	// 600,000 units each, and a limit of a million.
	messages := []string{"w1", "w2", "w3", "w4"}
	if diff := cmp.Diff([]string{"[w1]", "[w2]", "[w3]", "[w4]"}, process(t, in, messages...)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"[e]"}, process(t, in, "n")); diff != "" {
		t.Errorf("the batch ran in parts, as its messages share a budget: %s", diff)
	}
}

func TestMessageTooLong(t *testing.T) {
	in := guest(t, Options{MessageBytes: 3})
	want := []string{"[abc]", "W1304 too_long at -1/-1 : the message is 4 bytes long, and the limit is 3", "[x]", hostile["T"], "[y]"}
	if diff := cmp.Diff(want, process(t, in, "abc", "abcd", "x", "T", "y")); diff != "" {
		t.Error(diff)
	}
}

func TestBatchLargerThanMemoryRunsInParts(t *testing.T) {
	in := guest(t, Options{MemoryPages: 16})
	messages := make([]string, 8)
	want := make([]string, len(messages))
	for i := range messages {
		messages[i] = fmt.Sprint(i, strings.Repeat("x", 200_000))
		want[i] = "[" + messages[i] + "]"
	}
	messages[2] = strings.Repeat("x", 1<<20)
	want[2] = "W1302 memory_limit at -1/-1 : there is no memory left for the message"
	for i, got := range process(t, in, messages...) {
		if got != want[i] {
			t.Errorf("message %d: %.80s, want %.80s", i, got, want[i])
		}
	}
}

func TestCancelStopsAMessage(t *testing.T) {
	in := guest(t, Options{Limit: maxLimit})
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the operator said stop")
	started := make(chan struct{})
	go func() { close(started); cancel(why) }()
	<-started
	if _, err := in.Process(ctx, batch("L")); !errors.Is(err, why) {
		t.Errorf("got %v, want %v", err, why)
	}
	if diff := cmp.Diff([]string{"[a]"}, process(t, in, "a")); diff != "" {
		t.Errorf("after a cancelled call: %s", diff)
	}
}

// A module that gives itself a new budget again and again can't be told by
// its bytes; it is stopped by the count of ticks.
func TestBudgetsWithoutEnd(t *testing.T) {
	in := start(t, strings.Replace(moduletest.Guest, "(func $forever  loop  br 0  end)", "(func $forever  loop  call $message_start  br 0  end)", 1), Options{})
	if diff := cmp.Diff([]string{hostile["L"], "[a]"}, process(t, in, "L", "a")); diff != "" {
		t.Error(diff)
	}
}

func TestConfigureSaysWhatTheModuleSays(t *testing.T) {
	in := guest(t, Options{})
	_, err := in.flow.module.Configure(t.Context(), [][]byte{[]byte("!")}, nil)
	want := "flow can't be started: it doesn't take its configuration: panicked"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestCompileRefuses(t *testing.T) {
	valid := moduletest.Assemble(moduletest.Guest)
	var refused *verify.Error
	if _, err := Compile(t.Context(), valid.Bytes()[:100], guestManifest, Options{}); !errors.As(err, &refused) {
		t.Errorf("half a module: %v", err)
	}
	for version, want := range map[int]string{0: "build it again with this one's compiler", 2: "with the weavster that it was built with, or a newer one"} {
		other := *guestManifest
		other.ABI = version
		if _, err := Compile(t.Context(), valid.Bytes(), &other, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("version %d of the contract: %v", version, err)
		}
	}
	ill := moduletest.Assemble(moduletest.Guest)
	ill.Function("forever").Code = append(ill.Function("forever").Code, 0x6a)
	if _, err := Compile(t.Context(), ill.Bytes(), guestManifest, Options{}); err == nil || !strings.Contains(err.Error(), "refused by its compiler") {
		t.Errorf("ill-typed code: %v", err)
	}
	if _, err := Compile(t.Context(), valid.Bytes(), guestManifest, Options{MemoryPages: 1}); err == nil || !strings.Contains(err.Error(), "begins with 2 pages") {
		t.Errorf("too little memory: %v", err)
	}
}

// A module that speaks another version than its manifest says isn't run, and
// neither is one that says so itself.
func TestModuleHasToSpeakItsManifestsVersion(t *testing.T) {
	newer := moduletest.Assemble(moduletest.Guest)
	abi := newer.Function("weavster_abi")
	abi.Code = append(slices.Clone(moduletest.Charge), 0x41, 2)
	m, err := Compile(t.Context(), newer.Bytes(), guestManifest, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close(context.Background())
	want := "it says that it speaks version 2 of the module contract, and its manifest says version 1"
	if _, err := m.Configure(t.Context(), nil, nil); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestCacheIsPrivate(t *testing.T) {
	code := moduletest.Assemble(moduletest.Guest).Bytes()
	dir := filepath.Join(t.TempDir(), "cache")
	for range 2 {
		m, err := Compile(t.Context(), code, guestManifest, Options{CacheDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		m.Close(t.Context())
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*", "*")); len(files) != 1 {
		t.Errorf("kept %v, want one file", files)
	}
	if os.Geteuid() == 0 { // nobody else may give a folder away
		os.Chown(dir, 65534, 65534)
		if _, err := Compile(t.Context(), code, guestManifest, Options{CacheDir: dir}); err == nil || !strings.Contains(err.Error(), "belongs to another user") {
			t.Errorf("another user's folder: %v", err)
		}
		os.Chown(dir, 0, 0)
	}
	os.Chmod(dir, 0o755)
	if _, err := Compile(t.Context(), code, guestManifest, Options{CacheDir: dir}); err == nil || !strings.Contains(err.Error(), "open to other users") {
		t.Errorf("a folder open to others: %v", err)
	}
	link := dir + "-link"
	os.Symlink(dir, link)
	if _, err := Compile(t.Context(), code, guestManifest, Options{CacheDir: link}); err == nil || !strings.Contains(err.Error(), "is not a folder") {
		t.Errorf("a link: %v", err)
	}
}

func TestWorkersShareAFlow(t *testing.T) {
	in := guest(t, Options{})
	f := in.flow
	f.Release(in)
	if again, err := f.Acquire(t.Context()); err != nil || again != in {
		t.Errorf("an instance that was given back isn't lent again: %v", err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			in, err := f.Acquire(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer f.Release(in)
			for range 20 {
				r, err := in.Process(t.Context(), batch("a", "T", "v"))
				if err != nil || !cmp.Equal(fates(3, r), []string{"[a]", hostile["T"], "[42]"}) {
					t.Error(r, err)
				}
			}
		})
	}
	group.Wait()
}

func TestResultIsTheInstancesOwn(t *testing.T) {
	in := guest(t, Options{})
	first, err := in.Process(t.Context(), batch("kept"))
	if err != nil {
		t.Fatal(err)
	}
	kept := first.Clone()
	process(t, in, "other")
	if got := kept.Outputs[0].Row(0); !bytes.Equal(got, []byte("kept")) {
		t.Errorf("the copy changed to %s", got)
	}
}

func TestBatchHasToHoldTogether(t *testing.T) {
	in := guest(t, Options{})
	for _, c := range []struct {
		spoil func(*contract.Batch)
		want  string
	}{
		{func(b *contract.Batch) { b.Ends[1] = 100 }, "batch's payload ends message 1 at byte 100, outside 3 to 6"},
		{func(b *contract.Batch) { b.Ends[1] = 1 }, "batch's payload ends message 1 at byte 1, outside 3 to 6"},
		{func(b *contract.Batch) { b.MetaEnds = nil }, "batch has metadata for 0 of its 2 messages"},
	} {
		b := batch("ab", "cd")
		c.spoil(b)
		if _, err := in.Process(t.Context(), b); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}
