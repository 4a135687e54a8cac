package spool

import (
	"encoding/binary"
	"errors"

	"github.com/lodeworks/lode/services/kit/bus"
)

// maxName bounds subject, id and type, in bytes.
const maxName = 4096

var errRecord = errors.New("no message: a name is missing or too long")

// encode is a frame's payload: subject, id and type, each behind its length as a uvarint, then the data.
func encode(c bus.Content) ([]byte, error) {
	b := make([]byte, 0, len(c.Subject)+len(c.ID)+len(c.Type)+len(c.Data)+3*binary.MaxVarintLen16)
	for _, name := range []string{c.Subject, c.ID, c.Type} {
		if len(name) > maxName {
			return nil, errRecord
		}
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
	}
	return append(b, c.Data...), nil
}

// decode takes what encode writes, and nothing else. Data is part of b.
func decode(b []byte) (c bus.Content, err error) {
	for _, name := range []*string{&c.Subject, &c.ID, &c.Type} {
		n, size := binary.Uvarint(b)
		if size <= 0 || size > 1 && b[size-1] == 0 || n > maxName || n > uint64(len(b)-size) { // a last 0: too long a form
			return bus.Content{}, errRecord
		}
		*name = string(b[size : size+int(n)])
		b = b[size+int(n):]
	}
	c.Data = b
	return c, nil
}
