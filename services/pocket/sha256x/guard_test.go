//go:build unix

package sha256x_test

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/pocket/sha256x"
)

// TestNothingElseIsRead: messages that touch memory which must not be read, before and after them.
func TestNothingElseIsRead(t *testing.T) {
	page := syscall.Getpagesize()
	area, err := syscall.Mmap(-1, 0, 3*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	require.NoError(t, err)
	defer func() { require.NoError(t, syscall.Munmap(area)) }()
	middle := area[page : 2*page]
	copy(middle, random(page))
	require.NoError(t, syscall.Mprotect(area[:page], syscall.PROT_NONE))
	require.NoError(t, syscall.Mprotect(area[2*page:], syscall.PROT_NONE))
	onEachTier(t, func(t *testing.T) {
		for n := range 200 {
			msgs := make([][]byte, 32)
			for i := range msgs {
				length := max(0, n-i)
				msgs[i] = middle[len(middle)-length:]
				if i%2 == 0 {
					msgs[i] = middle[:length]
				}
			}
			out := make([][32]byte, len(msgs))
			sha256x.Each(out, msgs)
			same(t, one(msgs), out)
		}
	})
}
