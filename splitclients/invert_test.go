package splitclients

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// keyOfHash returns a key of eight bytes that has the given hash: four drawn
// from random, and four that follow from them, since every step of the hash can
// be undone. None of the bytes is one that usable refuses.
func keyOfHash(hash uint32, random *rand.Rand, usable func(byte) bool) []byte {
	inverse := inverseOf(murmurMultiplier)
	hash ^= hash >> 15
	hash ^= hash >> 30
	hash *= inverse
	hash ^= hash>>13 ^ hash>>26
	length := uint32(8)
	for {
		var key [8]byte
		binary.LittleEndian.PutUint32(key[:], random.Uint32())
		state := length*murmurMultiplier ^ mixed(binary.LittleEndian.Uint32(key[:]))
		block := (hash ^ state*murmurMultiplier) * inverse
		block ^= block >> murmurShift
		binary.LittleEndian.PutUint32(key[4:], block*inverse)
		good := true
		for _, b := range key {
			good = good && usable(b)
		}
		if good {
			return key[:]
		}
	}
}

// mixed is what the hash makes of a block.
func mixed(block uint32) uint32 {
	block *= murmurMultiplier
	block ^= block >> murmurShift
	return block * murmurMultiplier
}

// inverseOf returns the number that undoes a multiplication by an odd number.
func inverseOf(odd uint32) uint32 {
	inverse := odd // right in its lowest 3 bits; every round doubles how many
	for range 4 {
		inverse *= 2 - odd*inverse
	}
	return inverse
}

func TestKeyOfHash(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		want := random.Uint32()
		key := keyOfHash(want, random, func(b byte) bool { return b >= ' ' })
		if got := Hash(key); got != want {
			t.Fatalf("Hash(%q) = %d, want %d", key, got, want)
		}
	}
}
