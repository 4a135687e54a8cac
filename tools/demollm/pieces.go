package demollm

import (
	"unicode"
	"unicode/utf8"
)

// maxPiece is the longest piece of a word, in letters.
const maxPiece = 8

// pieces cuts text into word pieces: up to maxPiece letters with the one space
// before them, or one character of anything else. Joined they are the text
// again; there are never more pieces than bytes.
func pieces(text string) []string {
	var out []string
	for len(text) > 0 {
		n := pieceLength(text)
		out = append(out, text[:n])
		text = text[n:]
	}
	return out
}

// pieceLength is the length in bytes of the first piece of a text not empty.
func pieceLength(text string) int {
	_, n := utf8.DecodeRuneInString(text)
	at := 0
	if text[0] == ' ' {
		at = 1
	}
	for letters := 0; letters < maxPiece && at < len(text); letters++ {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !isWord(r) {
			break
		}
		at += size
	}
	return max(at, n)
}

func isWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\'')
}
