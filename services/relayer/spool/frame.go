package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A segment is the magic and then frames:
//
//	length of the payload   4 bytes, little endian, 1 to maxPayload
//	CRC-32C of the payload  4 bytes
//	CRC-32C of the above    4 bytes: a length that was damaged is not believed
//	payload
const (
	magic      = "LODESPL1"
	headerSize = 12
	maxPayload = 64 << 20 // twice the largest message that the bus takes
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var (
	// errTorn is returned when a segment ends within a frame, or in zeros: its writer was stopped.
	errTorn = errors.New("the file ends within a message")
	// errDamaged is returned when a segment holds bytes that no writer wrote.
	errDamaged = errors.New("the file is damaged")
)

// appendFrame adds the frame of a payload to b. The payload is not empty.
func appendFrame(b, payload []byte) []byte {
	at := len(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(payload, castagnoli))
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[at:], castagnoli))
	return append(b, payload...)
}

// readFrame reads one frame from r, which has left bytes in all. It returns io.EOF when left is 0, errTorn or
// errDamaged for what is no frame, and the errors of r. It takes no more memory than left.
func readFrame(r io.Reader, left int64) ([]byte, error) {
	if left == 0 {
		return nil, io.EOF
	}
	if left < headerSize {
		return nil, errTorn
	}
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, fmt.Errorf("read a message's header: %w", err)
	}
	if header == [headerSize]byte{} {
		return nil, zeros(r)
	}
	length := int64(binary.LittleEndian.Uint32(header[:]))
	if crc32.Checksum(header[:8], castagnoli) != binary.LittleEndian.Uint32(header[8:]) || length == 0 || length > maxPayload {
		return nil, fmt.Errorf("%w: header %x", errDamaged, header)
	}
	if length > left-headerSize {
		return nil, errTorn
	}
	payload := make([]byte, length)
	if _, err := io.ReadFull(r, payload); err != nil {
		return nil, fmt.Errorf("read a message: %w", err)
	}
	if crc32.Checksum(payload, castagnoli) != binary.LittleEndian.Uint32(header[4:]) {
		return nil, fmt.Errorf("%w: checksum of a message of %d bytes", errDamaged, length)
	}
	return payload, nil
}

// zeros says what a frame of zeros means: when nothing but zeros follows, the file had grown and its writing was cut.
func zeros(r io.Reader) error {
	chunk := make([]byte, 32<<10)
	for {
		n, err := r.Read(chunk)
		if len(bytes.TrimLeft(chunk[:n], "\x00")) > 0 {
			return fmt.Errorf("%w: zeros between messages", errDamaged)
		}
		if errors.Is(err, io.EOF) {
			return errTorn
		}
		if err != nil {
			return fmt.Errorf("read behind the last message: %w", err)
		}
	}
}
