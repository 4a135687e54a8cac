package smst

import "fmt"

// extensionHead is the part of an extension's encoding before its child:
// prefix, two bounds, path.
const extensionHead = 1 + 2 + 32

// checkSibling checks that the sibling's encoding, if given, hashes to the
// lowest side node.
func checkSibling(data []byte, sides []Digest) error {
	if len(data) == 0 || len(sides) == 0 {
		return nil
	}
	d, err := digestOf(data)
	if err != nil {
		return err
	}
	if d != sides[0] {
		return fmt.Errorf("%w: sibling data does not belong to the side node", ErrMalformed)
	}
	return nil
}

// digestOf is the digest of an encoded node; an extension has the digest of
// the chain it stands for. The chain would take an extension whose child is
// not 48 bytes long; no trie has such a node, and it is refused here.
func digestOf(encoded []byte) (Digest, error) {
	if len(encoded) < 16 {
		return Digest{}, fmt.Errorf("%w: sibling data of %d bytes", ErrMalformed, len(encoded))
	}
	if encoded[0] != extensionPrefix {
		return hashNode(encoded), nil
	}
	if len(encoded) != extensionHead+DigestSize+16 {
		return Digest{}, fmt.Errorf("%w: extension node of %d bytes", ErrMalformed, len(encoded))
	}
	path := (*Path)(encoded[3:extensionHead])
	child := Digest(encoded[extensionHead:])
	return wrap(child, path, int(encoded[1]), int(encoded[2])), nil
}
