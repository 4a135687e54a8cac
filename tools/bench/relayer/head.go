package relayer

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"
)

// readHead reads as little of HTTP/1.1 as a response of known length needs: the load must cost less than what it loads.
func readHead(r *bufio.Reader) (status, length int, err error) {
	first, err := r.ReadSlice('\n')
	if err != nil {
		return 0, 0, err
	}
	if len(first) < 12 || !bytes.HasPrefix(first, []byte("HTTP/1.1 ")) {
		return 0, 0, fmt.Errorf("no HTTP/1.1 response: %.40q", first)
	}
	if status, err = strconv.Atoi(string(first[9:12])); err != nil {
		return 0, 0, err
	}
	for length = -1; ; {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return 0, 0, err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			break
		}
		if name, value, _ := bytes.Cut(line, []byte(": ")); bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, 0, err
			}
		}
	}
	if length < 0 {
		return 0, 0, fmt.Errorf("response %d without a length", status)
	}
	return status, length, nil
}
