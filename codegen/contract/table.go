package contract

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
