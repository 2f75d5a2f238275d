package contract

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
)

// A table's blob: what the guest looks rows up in, without parsing. The key
// column's cell is text; other cells are JSON values.
//
//	 0 "WTB1"
//	 4 u32 rows
//	 8 u32 columns, the key column not among them
//	12 u32 buckets, at least 1
//	16 u32 slots, at least rows and at least 1
//	20 u32 zero
//	24 u64 seed
//	32 u32[buckets] displacement
//	   {u32 key offset, u32 key length, u32 cells offset}[slots]; an empty slot's key length is 0xffffffff
//	   u32[columns+1] for each row at its cells offset: cell c is blob[cells[c]:cells[c+1]]
//
// Offsets are from the start of the blob. The hash is perfect, by hash and
// displace (Belazzougui, Botelho, Dietzfelbinger: "Hash, displace, and
// compress", 2009): with h = mix(fnv1a64(key) ^ seed), a key's bucket is
// uint32(h) % buckets and its slot mix(h + displacement[bucket]) % slots,
// taken in 64 bits; mix is MurmurHash3's 64-bit finalizer.

const (
	tableMagic  = "WTB1"
	tableHeader = 32
	slotSize    = 12
	emptySlot   = math.MaxUint32
	tableSeed   = 0x9e3779b97f4a7c15 // the first seed to try; any would do
)

// EncodeTable makes the blob of a table: the rows' cells of the given columns,
// to be looked up by the key column's.
func EncodeTable(key string, columns []string, table *TableRows) ([]byte, error) {
	keyAt, columnsAt, err := table.places(key, columns)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(table.Rows))
	seen := make(map[string]int, len(table.Rows))
	for i, row := range table.Rows {
		if keys[i], err = keyText(row[keyAt]); err != nil {
			return nil, table.errorf(i, "column %q: %w", key, err)
		}
		if first, twice := seen[keys[i]]; twice {
			return nil, table.errorf(i, "the key %q is there twice, first in line %d", keys[i], table.line(first))
		}
		seen[keys[i]] = i
	}
	hash, err := perfectHash(keys)
	if err != nil {
		return nil, err
	}
	return writeTable(hash, keys, columnsAt, table.Rows)
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

func writeTable(hash *displaced, keys []string, columns []int, rows [][]string) ([]byte, error) {
	slots := tableHeader + 4*len(hash.displacement)
	cells := slots + slotSize*len(hash.slots)
	perRow := 4 * (len(columns) + 1)
	heap := cells + perRow*len(rows)
	size := heap
	for i, row := range rows {
		size += len(keys[i])
		for _, c := range columns {
			size += len(row[c])
		}
	}
	if uint64(size) >= math.MaxUint32 {
		return nil, fmt.Errorf("the table takes %d bytes; it has to fit 4 GiB", size)
	}

	le := binary.LittleEndian
	blob := append(make([]byte, 0, size), tableMagic...)
	for _, n := range []int{len(rows), len(columns), len(hash.displacement), len(hash.slots), 0} {
		blob = le.AppendUint32(blob, uint32(n))
	}
	blob = le.AppendUint64(blob, hash.seed)
	for _, d := range hash.displacement {
		blob = le.AppendUint32(blob, d)
	}
	blob = blob[:heap]
	for slot, row := range hash.slots {
		record := blob[slots+slotSize*slot:]
		if row < 0 {
			le.PutUint32(record[4:], emptySlot)
			continue
		}
		offsets := cells + perRow*row
		le.PutUint32(record, uint32(len(blob)))
		le.PutUint32(record[4:], uint32(len(keys[row])))
		le.PutUint32(record[8:], uint32(offsets))
		blob = append(blob, keys[row]...)
		for c, column := range columns {
			le.PutUint32(blob[offsets+4*c:], uint32(len(blob)))
			blob = append(blob, rows[row][column]...)
		}
		le.PutUint32(blob[offsets+4*len(columns):], uint32(len(blob)))
	}
	return blob, nil
}

// LookupTable finds the cells of a key's row in a blob of EncodeTable, as the
// guest does. It is for tests and tools, and trusts the blob.
func LookupTable(blob []byte, key string) ([]string, bool) {
	u32 := func(at uint64) uint64 { return uint64(binary.LittleEndian.Uint32(blob[at:])) }
	columns, buckets, slots := u32(8), u32(12), u32(16)
	h := tableHash(key, binary.LittleEndian.Uint64(blob[24:]))
	displacement := u32(tableHeader + 4*(uint64(uint32(h))%buckets))
	record := tableHeader + 4*buckets + slotSize*(mix(h+displacement)%slots)
	at, length := u32(record), u32(record+4)
	if length == emptySlot || string(blob[at:at+length]) != key {
		return nil, false
	}
	cells := make([]string, columns)
	for c := range cells {
		offsets := u32(record+8) + 4*uint64(c)
		cells[c] = string(blob[u32(offsets):u32(offsets+4)])
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
