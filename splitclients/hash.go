package splitclients

import "encoding/binary"

// The constants of MurmurHash2.
const (
	murmurMultiplier = 0x5bd1e995
	murmurShift      = 24
)

// Hash returns the number by which nginx places key: 32-bit MurmurHash2 with
// seed 0 and little-endian blocks. The key is hashed as it is, without a
// trailing NUL and without folding case.
func Hash(key []byte) uint32 {
	hash := uint32(len(key))
	for len(key) >= 4 {
		block := binary.LittleEndian.Uint32(key) * murmurMultiplier
		block ^= block >> murmurShift
		hash = hash*murmurMultiplier ^ block*murmurMultiplier
		key = key[4:]
	}
	if len(key) > 0 {
		// One multiplication for the whole tail, whether it is 1, 2 or 3 bytes.
		for i, b := range key {
			hash ^= uint32(b) << (8 * i)
		}
		hash *= murmurMultiplier
	}
	hash ^= hash >> 13
	hash *= murmurMultiplier
	return hash ^ hash>>15
}
