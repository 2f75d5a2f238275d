package moduletest

// Guest is a flow of one output and one step, for tests of the host. It takes
// up to 1,000 messages of no particular form; the first byte says what it
// does with one:
//
//	d  drops it, as filtered by step 0
//	f  fails it at step 0, with W1101 about "field"
//	s  gives it to the output twice
//	m  gives its metadata to the output
//	v  gives the value of its first variable to the output
//	n  gives how many messages this instance has seen, as one letter from a
//	w  works for 600,000 units, then gives it to the output
//	k  takes 512 KiB of memory for good, then gives it to the output
//	L  loops without end
//	R  calls itself without end
//	M  takes memory without end
//	T  traps
//	P  panics, with a text
//	O  answers with a result outside of the memory
//	C  gives no row, drop or failure
//
// and gives any other message to the output. Where a trace is asked for, which
// may be of up to 170 messages, it has the one event that each began.
//
// Its memory: 16 the result, 64 the output, 128 the panic text, 512 the
// variable, 1024 events, then rows, failures, drops, from 65536 the input, and behind that
// the output's data.
const Guest = `
(global $seen i32)
(global $rows i32)
(global $drops i32)
(global $failures i32)
(global $events i32)
(global $data i32)  ;; where the output's data begins
(global $end i32)   ;; and ends
(global $variable i32)
(data 256 "panicked at shop.rs:7: no such tier: ` + "`gold`" + `\n")
(data 320 "memory: 1 byte")
(data 384 "field")

(func $_initialize  i32.const 0  global.set $seen)
(func $weavster_abi (result i32)  i32.const 1)
(func $weavster_panic (result i32)  i32.const 128)

;; Room for the input, its slack and, behind that, for rows.
(func $weavster_alloc (param $len i32) (result i32)
  local.get $len  i32.const 2  i32.mul  i32.const 135168  i32.add  i32.const 16  i32.shr_u
  memory.size  i32.sub  i32.const 0  call $most
  memory.grow  i32.const -1  i32.eq
  if  i32.const 0  return  end
  i32.const 65536)

;; The greater of two numbers, taken as signed by their top bit.
(func $most (param $a i32) (param $b i32) (result i32)
  local.get $a  i32.const 31  i32.shr_u
  if  local.get $b  return  end
  local.get $a)

(func $weavster_init (param $ptr i32) (param $len i32) (result i32)
  local.get $ptr  i32.load 0  i32.eqz
  if  i32.const 0  return  end
  local.get $ptr  i32.load 8  global.set $variable
  i32.const 512
  local.get $ptr  local.get $ptr  i32.load 4  i32.add
  global.get $variable
  call $copy
  i32.const 512  i32.load8_u 0  i32.const '!'  i32.eq   ;; a value it doesn't take
  if
    i32.const 128  i32.const 256  i32.store 0
    i32.const 128  i32.const 8  i32.store 4
    i32.const 128  return
  end
  i32.const 0)

(func $row (param $message i32) (param $from i32) (param $len i32)
  (local $record i32)
  global.get $end  local.get $from  local.get $len  call $copy
  global.get $end  local.get $len  i32.add  global.set $end
  global.get $end  i32.const 10  i32.store8 0
  global.get $rows  i32.const 8  i32.mul  i32.const 8192  i32.add  local.tee $record
  local.get $message  i32.store 0
  local.get $record  global.get $end  global.get $data  i32.sub  i32.store 4
  global.get $end  i32.const 1  i32.add  global.set $end
  global.get $rows  i32.const 1  i32.add  global.set $rows)

(func $drop (param $message i32)
  (local $record i32)
  global.get $drops  i32.const 12  i32.mul  i32.const 53248  i32.add  local.tee $record
  local.get $message  i32.store 0
  local.get $record  i32.const 0xffff  i32.store 4  ;; all outputs, step 0
  local.get $record  i32.const 1  i32.store 8
  global.get $drops  i32.const 1  i32.add  global.set $drops)

(func $fail (param $message i32)
  (local $record i32)
  global.get $failures  i32.const 28  i32.mul  i32.const 24576  i32.add  local.tee $record
  local.get $message  i32.store 0
  local.get $record  i32.const 0xffff  i32.store 4
  local.get $record  i32.const 0x1044d  i32.store 8  ;; W1101, dead letter
  local.get $record  i32.const 384  i32.store 12
  local.get $record  i32.const 5  i32.store 16
  local.get $record  i32.const 384  i32.store 20
  local.get $record  i32.const 5  i32.store 24
  global.get $failures  i32.const 1  i32.add  global.set $failures)

;; Where a trace is asked for: that the message began, with the message.
(func $event (param $message i32) (param $from i32) (param $len i32)
  (local $record i32)
  global.get $events  i32.const 40  i32.mul  i32.const 1024  i32.add  local.tee $record
  local.get $message  i32.store 0
  local.get $record  i32.const -1  i32.store 4  ;; all outputs, no step
  local.get $record  i32.const 0x101  i32.store 8  ;; MessageBegan, changed
  local.get $record  i32.const 0  i32.store 12
  local.get $record  i32.const 0  i32.store 16
  local.get $record  i32.const 0  i32.store 20
  local.get $record  i32.const 0  i32.store 24
  local.get $record  i32.const 0  i32.store 28
  local.get $record  local.get $from  i32.store 32
  local.get $record  local.get $len  i32.store 36
  global.get $events  i32.const 1  i32.add  global.set $events)

(func $work (local $n i32)
  i32.const 600000  local.set $n
  loop  local.get $n  i32.const 1  i32.sub  local.tee $n  br_if 0  end)

(func $forever  loop  br 0  end)

(func $deeper (param $n i32) (result i32)
  local.get $n  i32.const 1  i32.add  call $deeper  i32.const 3  i32.mul)

(func $bomb
  loop  i32.const 1  memory.grow  i32.const -1  i32.ne  br_if 0  end
  i32.const 320  i32.const 14  call $panic)

(func $panic (param $text i32) (param $len i32)
  i32.const 128  local.get $text  i32.store 0
  i32.const 128  local.get $len  i32.store 4
  unreachable)

;; Where an entry of a payload begins, and how long it is.
(func $start (param $ends i32) (param $i i32) (result i32)
  local.get $i  i32.eqz
  if  i32.const 0  return  end
  local.get $ends  local.get $i  i32.const 4  i32.mul  i32.add  i32.const 4  i32.sub  i32.load 0
  i32.const 1  i32.add)
(func $length (param $ends i32) (param $i i32) (result i32)
  local.get $ends  local.get $i  i32.const 4  i32.mul  i32.add  i32.load 0
  local.get $ends  local.get $i  call $start  i32.sub)

(func $message (param $ptr i32) (param $i i32)
  (local $ends i32) (local $from i32) (local $len i32) (local $kind i32)
  call $message_start
  i32.const 128  local.get $i  i32.store 8
  global.get $seen  i32.const 1  i32.add  global.set $seen
  local.get $ptr  local.get $ptr  i32.load 12  i32.add  local.set $ends
  local.get $ptr  local.get $ptr  i32.load 4  i32.add
  local.get $ends  local.get $i  call $start  i32.add  local.set $from
  local.get $ends  local.get $i  call $length  local.set $len
  local.get $ptr  i32.load 28
  if  local.get $i  local.get $from  local.get $len  call $event  end
  local.get $from  i32.load8_u 0  local.set $kind
  local.get $kind  i32.const 'd'  i32.eq  if  local.get $i  call $drop  return  end
  local.get $kind  i32.const 'f'  i32.eq  if  local.get $i  call $fail  return  end
  local.get $kind  i32.const 'C'  i32.eq  if  return  end
  local.get $kind  i32.const 'L'  i32.eq  if  call $forever  end
  local.get $kind  i32.const 'R'  i32.eq  if  i32.const 0  call $deeper  drop  end
  local.get $kind  i32.const 'M'  i32.eq  if  call $bomb  end
  local.get $kind  i32.const 'T'  i32.eq  if  unreachable  end
  local.get $kind  i32.const 'k'  i32.eq
  if
    i32.const 8  memory.grow  i32.const -1  i32.eq
    if  i32.const 320  i32.const 14  call $panic  end
  end
  local.get $kind  i32.const 'P'  i32.eq  if  i32.const 256  i32.const 45  call $panic  end
  local.get $kind  i32.const 'w'  i32.eq  if  call $work  end
  local.get $kind  i32.const 's'  i32.eq
  if  local.get $i  local.get $from  local.get $len  call $row  end
  local.get $kind  i32.const 'v'  i32.eq
  if  local.get $i  i32.const 512  global.get $variable  call $row  return  end
  local.get $kind  i32.const 'n'  i32.eq
  if  ;; the count, over the message's first byte
    local.get $from  global.get $seen  i32.const 96  i32.add  i32.store8 0
    local.get $i  local.get $from  i32.const 1  call $row  return
  end
  local.get $kind  i32.const 'm'  i32.eq
  if
    local.get $ptr  local.get $ptr  i32.load 24  i32.add  local.set $ends
    local.get $i
    local.get $ptr  local.get $ptr  i32.load 16  i32.add  local.get $ends  local.get $i  call $start  i32.add
    local.get $ends  local.get $i  call $length
    call $row  return
  end
  local.get $i  local.get $from  local.get $len  call $row)

(func $weavster_run (param $ptr i32) (param $len i32) (result i32)
  (local $i i32)
  i32.const 0  global.set $rows
  i32.const 0  global.set $drops
  i32.const 0  global.set $failures
  i32.const 0  global.set $events
  local.get $ptr  local.get $len  i32.add  i32.const 64  i32.add  global.set $data
  global.get $data  global.set $end
  block
    loop
      local.get $i  local.get $ptr  i32.load 0  i32.ge_u  br_if 1
      local.get $ptr  local.get $i  call $message
      local.get $i  i32.const 1  i32.add  local.set $i
      br 0
    end
  end
  local.get $ptr  local.get $ptr  i32.load 4  i32.add  i32.load8_u 0  i32.const 'O'  i32.eq
  if  i32.const -16  return  end
  i32.const 16  i32.const 64  i32.store 0
  i32.const 16  i32.const 1  i32.store 4
  i32.const 16  i32.const 53248  i32.store 8
  i32.const 16  global.get $drops  i32.store 12
  i32.const 16  i32.const 24576  i32.store 16
  i32.const 16  global.get $failures  i32.store 20
  i32.const 16  i32.const 1024  i32.store 24
  i32.const 16  global.get $events  i32.store 28
  i32.const 64  global.get $data  i32.store 0
  i32.const 64  global.get $end  global.get $data  i32.sub  i32.store 4
  i32.const 64  i32.const 8192  i32.store 8
  i32.const 64  global.get $rows  i32.store 12
  i32.const 16)
`
