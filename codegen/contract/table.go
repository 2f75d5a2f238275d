package contract

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"slices"
)

// A table's blob: what the guest looks rows up in, without parsing. Cells are
// JSON values.
//
//	 0 "WTB2"
//	 4 u32 rows
//	 8 u32 columns of the key, at least 1
//	12 u32 columns besides
//	16 u32 buckets, at least 1
//	20 u32 slots, at least rows and at least 1
//	24 u64 seed
//	32 u32[buckets] displacement
//	   u32[slots]: where the slot's row is; 0 is an empty slot
//	   rows: u32[columns] where each cell is, u32 the key's length, the key
//	   cells: u32 length, JSON; each value is there once, however many rows have it
//
// Places are offsets from the start of the blob. A key of one column is its
// text; one of several has the length of each, a u32, before it. The hash is
// perfect, by hash and displace (Belazzougui, Botelho, Dietzfelbinger: "Hash,
// displace, and compress", 2009): with h = mix(fnv1a64(key) ^ seed), a key's
// bucket is uint32(h) % buckets and its slot mix(h + displacement[bucket]) %
// slots, taken in 64 bits; mix is MurmurHash3's 64-bit finalizer.

const (
	tableMagic  = "WTB2"
	tableHeader = 32
	tableSeed   = 0x9e3779b97f4a7c15 // the first seed to try; any would do
)

// EncodeTable makes the blob of a table: what a flow wants of its rows.
func EncodeTable(want *Table, rows *TableRows) ([]byte, error) {
	keys, err := rows.keys(want)
	if err != nil {
		return nil, err
	}
	hash, err := perfectHash(keys)
	if err != nil {
		return nil, err
	}
	return writeTable(hash, want, keys, rows)
}

// keys are the rows' keys, which differ.
func (t *TableRows) keys(want *Table) ([]string, error) {
	columns, err := t.places(want.Key)
	if err != nil {
		return nil, err
	}
	keys, seen := make([]string, len(t.Rows)), make(map[string]int, len(t.Rows))
	fold := folder()
	parts := make([]string, len(columns))
	for i := range keys {
		for part, column := range columns {
			if parts[part], err = t.keyPart(i, column, want.Types[t.Header[column]]); err != nil {
				return nil, err
			}
			if want.IgnoreCase {
				parts[part] = fold(parts[part])
			}
		}
		keys[i] = joinKey(parts)
		if first, twice := seen[keys[i]]; twice {
			return nil, t.errorf(i, columns[0], "this key is there already, in line %d%s", t.place(first, columns[0]).Line, ignored[want.IgnoreCase])
		}
		seen[keys[i]] = i
	}
	return keys, nil
}

var ignored = map[bool]string{true: ", but for upper and lower case"}

func (t *TableRows) keyPart(row, column int, kind string) (string, error) {
	if t.Text && kind == "" {
		return t.cell(row, column), nil
	}
	cell, err := t.json(row, column, kind)
	if err != nil {
		return "", err
	}
	text, err := keyText(cell)
	if err != nil {
		return "", t.errorf(row, column, "column %q: %w", t.Header[column], err)
	}
	return text, nil
}

// joinKey is a key of several columns as one text that no other columns give.
func joinKey(parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	var key []byte
	for _, part := range parts {
		key = append(binary.LittleEndian.AppendUint32(key, uint32(len(part))), part...)
	}
	return string(key)
}

// A displaced hash gives each of some keys a slot of its own.
type displaced struct {
	seed         uint64
	displacement []uint32
	slots        []int // the row in each slot, or -1
}

var errHash = errors.New("no perfect hash was found for the table's keys")

func perfectHash(keys []string) (*displaced, error) {
	hashes := make([]uint64, len(keys))
	for seed, try := uint64(tableSeed), 0; try < 16; seed, try = mix(seed+1), try+1 {
		for i, key := range keys {
			hashes[i] = tableHash(key, seed)
		}
		if hash := displace(hashes, seed); hash != nil {
			return hash, nil
		}
	}
	return nil, errHash
}

// displace is nil where a bucket finds no place.
func displace(hashes []uint64, seed uint64) *displaced {
	d := &displaced{seed: seed, displacement: make([]uint32, len(hashes)/4+1), slots: make([]int, len(hashes)+len(hashes)/4+1)}
	for i := range d.slots {
		d.slots[i] = -1
	}
	buckets := make([][]int, len(d.displacement))
	for row, h := range hashes {
		b := uint32(h) % uint32(len(buckets))
		buckets[b] = append(buckets[b], row)
	}
	// The largest first, while there is room.
	order := make([]int, len(buckets))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(buckets[b]) - len(buckets[a]) })
	for _, b := range order {
		if len(buckets[b]) == 0 {
			break
		}
		if !d.place(b, buckets[b], hashes) {
			return nil
		}
	}
	return d
}

// place finds the first displacement that brings a bucket's rows to slots that
// are free.
func (d *displaced) place(bucket int, rows []int, hashes []uint64) bool {
	taken := make([]uint64, 0, len(rows))
	for displacement := uint32(0); displacement < 1<<20; displacement++ {
		taken = taken[:0]
		for _, row := range rows {
			slot := mix(hashes[row]+uint64(displacement)) % uint64(len(d.slots))
			if d.slots[slot] >= 0 || slices.Contains(taken, slot) {
				break
			}
			taken = append(taken, slot)
		}
		if len(taken) == len(rows) {
			d.displacement[bucket] = displacement
			for i, slot := range taken {
				d.slots[slot] = rows[i]
			}
			return true
		}
	}
	return false
}

// A cellHeap is the cells of a blob, each value once.
type cellHeap struct {
	bytes  []byte
	places map[string]uint32
}

func (h *cellHeap) add(cell string) uint32 {
	at, ok := h.places[cell]
	if !ok {
		at = uint32(len(h.bytes))
		h.places[cell] = at
		h.bytes = append(binary.LittleEndian.AppendUint32(h.bytes, uint32(len(cell))), cell...)
	}
	return at
}

func writeTable(hash *displaced, want *Table, keys []string, t *TableRows) ([]byte, error) {
	columns, err := t.places(want.Columns)
	if err != nil {
		return nil, err
	}
	heap := &cellHeap{places: map[string]uint32{}}
	cells := make([]uint32, 0, len(keys)*len(columns))
	for row := range keys {
		for _, column := range columns {
			cell, err := t.json(row, column, want.Types[t.Header[column]])
			if err != nil {
				return nil, err
			}
			cells = append(cells, heap.add(cell))
		}
	}
	index := tableHeader + 4*(len(hash.displacement)+len(hash.slots))
	base := index
	for _, key := range keys {
		base += 4*(len(columns)+1) + len(key)
	}

	le := binary.LittleEndian
	blob := append(make([]byte, 0, base+len(heap.bytes)), tableMagic...)
	for _, n := range []int{len(keys), len(want.Key), len(columns), len(hash.displacement), len(hash.slots)} {
		blob = le.AppendUint32(blob, uint32(n))
	}
	blob = le.AppendUint64(blob, hash.seed)
	for _, d := range hash.displacement {
		blob = le.AppendUint32(blob, d)
	}
	blob = blob[:index]
	for slot, row := range hash.slots {
		if row < 0 {
			continue
		}
		le.PutUint32(blob[index-4*(len(hash.slots)-slot):], uint32(len(blob)))
		for _, cell := range cells[row*len(columns) : (row+1)*len(columns)] {
			blob = le.AppendUint32(blob, uint32(base)+cell)
		}
		blob = append(le.AppendUint32(blob, uint32(len(keys[row]))), keys[row]...)
	}
	return append(blob, heap.bytes...), nil
}

// LookupTable finds the cells of a key's row in a blob of EncodeTable, as the
// guest does. It is for tests and tools, and trusts the blob.
func LookupTable(blob []byte, parts ...string) ([]string, bool) {
	u32 := func(at uint64) uint64 { return uint64(binary.LittleEndian.Uint32(blob[at:])) }
	text := func(at uint64) string { return string(blob[at+4 : at+4+u32(at)]) }
	key := joinKey(parts)
	columns, buckets, slots := u32(12), u32(16), u32(20)
	h := tableHash(key, binary.LittleEndian.Uint64(blob[24:]))
	displacement := u32(tableHeader + 4*(uint64(uint32(h))%buckets))
	row := u32(tableHeader + 4*(buckets+mix(h+displacement)%slots))
	if row == 0 || text(row+4*columns) != key {
		return nil, false
	}
	cells := make([]string, columns)
	for c := range cells {
		cells[c] = text(u32(row + 4*uint64(c)))
	}
	return cells, true
}

func tableHash(key string, seed uint64) uint64 {
	h := fnv.New64a()
	h.Write([]byte(key)) // never fails
	return mix(h.Sum64() ^ seed)
}

func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
