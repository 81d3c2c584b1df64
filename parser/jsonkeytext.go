package parser

import "encoding/binary"

// keyText is a key with the punctuation around it, made ready to be compared in
// three steps of eight bytes: few are longer.
type keyText struct {
	text  string
	words [3]uint64 // the first 24 bytes of text
	masks [3]uint64 // which bytes of words are of text
}

const keyTextWords = 24

func newKeyText(text string) keyText {
	k := keyText{text: text}
	for i := range min(keyTextWords, len(text)) {
		k.words[i/8] |= uint64(text[i]) << (i % 8 * 8)
		k.masks[i/8] |= 0xFF << (i % 8 * 8)
	}
	return k
}

// begins reports whether rest begins with the text.
func (k *keyText) begins(rest []byte) bool {
	if len(rest) < keyTextWords || len(k.text) > keyTextWords {
		return len(rest) >= len(k.text) && string(rest[:len(k.text)]) == k.text
	}
	window := (*[keyTextWords]byte)(rest)
	return (binary.LittleEndian.Uint64(window[0:])^k.words[0])&k.masks[0]|
		(binary.LittleEndian.Uint64(window[8:])^k.words[1])&k.masks[1]|
		(binary.LittleEndian.Uint64(window[16:])^k.words[2])&k.masks[2] == 0
}
