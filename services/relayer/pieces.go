package relayer

import "io"

// piece is what one read of a backend's body gave. The last one has an error.
type piece struct {
	bytes []byte // valid until the next piece is asked for
	err   error
}

// pieceBytes is the size of one read.
const pieceBytes = 32 << 10

// readPieces reads a body in a goroutine of its own, so that its reader can also wait for other things. stop closes the
// body and waits until the goroutine has ended.
func readPieces(body io.ReadCloser) (pieces <-chan piece, stop func()) {
	out, quit, ended := make(chan piece), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		buffers := [2][]byte{make([]byte, pieceBytes), make([]byte, pieceBytes)} // one is with the receiver
		for i := 0; ; i = 1 - i {
			n, err := body.Read(buffers[i])
			select {
			case out <- piece{buffers[i][:n], err}:
			case <-quit:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return out, func() {
		close(quit)
		_ = body.Close()
		<-ended
	}
}
