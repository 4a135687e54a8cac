package chlocal

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/ClickHouse/ch-go/compress"
)

// blockBytes is how much of a result goes into one compressed block;
// ClickHouse's own max_compress_block_size.
const blockBytes = 1 << 20

// writeResult answers 200 with the result. Errors are those of the connection:
// the status line is gone by then.
func writeResult(w http.ResponseWriter, req request, res *result, took time.Duration) error {
	sum := res.summary()
	sum.ElapsedNS = took.Nanoseconds()
	line, err := json.Marshal(sum)
	if err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	w.Header().Set("X-ClickHouse-Summary", string(line))
	return writeData(w, req, res.data())
}

func writeData(w http.ResponseWriter, req request, data []byte) error {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("X-ClickHouse-Format", req.Format)
	if req.Compress && len(data) > 0 {
		return writeBlocks(w, req.Compression, data)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, err := w.Write(data)
	return err
}

func writeBlocks(w io.Writer, method string, data []byte) error {
	m := compress.LZ4
	if method == "ZSTD" {
		m = compress.ZSTD
	}
	c := compress.NewWriter(compress.LevelZero, m)
	for len(data) > 0 {
		n := min(len(data), blockBytes)
		if err := c.Compress(data[:n]); err != nil {
			return fmt.Errorf("compress result: %w", err)
		}
		if _, err := w.Write(c.Data); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// writeError answers as ClickHouse does: the code in a header, the text as the
// body, and the status of the code.
func writeError(w http.ResponseWriter, err error) {
	e := asError(err)
	w.Header().Set("X-ClickHouse-Exception-Code", strconv.Itoa(e.Code))
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.WriteHeader(httpStatus(e.Code))
	_, _ = fmt.Fprintln(w, e.Text)
}
