package chlocal

import (
	"bufio"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/andybalholm/brotli"
)

// peekBytes is how much of the text is looked at to find where an INSERT's
// data starts; ClickHouse's own limit of a statement (max_query_size).
const peekBytes = 256 << 10

// openBody undoes the body's encodings and bounds it on both sides: limit
// bytes as sent, limit bytes decoded.
func openBody(r *http.Request, decompress bool, limit int64) (io.Reader, error) {
	body := io.Reader(&limitedReader{r: r.Body, left: limit})
	body, err := decodeContent(body, r.Header.Get("Content-Encoding"))
	if err != nil {
		return nil, newError(codeIncorrectData, "body: %v", err)
	}
	if decompress {
		body = newBlockReader(body)
	}
	return &limitedReader{r: body, left: limit}, nil
}

func decodeContent(r io.Reader, encoding string) (io.Reader, error) {
	switch encoding {
	case "", "identity":
		return r, nil
	case "gzip":
		return gzip.NewReader(r)
	case "deflate":
		return zlib.NewReader(r)
	case "br":
		return brotli.NewReader(r), nil
	}
	return nil, newError(codeNotImplemented, "Content-Encoding %q: only gzip, deflate and br are taken here", headerSafe(encoding))
}

// limitedReader fails, rather than ends, when more than left bytes come.
type limitedReader struct {
	r    io.Reader
	left int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, newError(codeTooManyBytes, "the request is larger than this server takes")
	}
	return n, err
}

// blockReader reads ClickHouse's compressed blocks. The decoder wraps the end
// of input the same way at a block's edge and inside a block; only the first
// is an end.
type blockReader struct {
	source *countingReader
	blocks *compress.Reader
}

func newBlockReader(r io.Reader) *blockReader {
	source := &countingReader{r: r}
	return &blockReader{source: source, blocks: compress.NewReader(source)}
}

func (b *blockReader) Read(p []byte) (int, error) {
	before := b.source.n
	n, err := b.blocks.Read(p)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	if b.source.n != before {
		return n, io.ErrUnexpectedEOF
	}
	return n, io.EOF
}

// countingReader counts what passes.
type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// input is a request's text: a statement, or an INSERT split from its data.
type input struct {
	text []byte // the statement to run
	data *spool // what it reads, or nil
}

func (in input) close() {
	if in.data != nil {
		in.data.close()
	}
}

// readInput joins the URL's part of the statement and the body, as ClickHouse
// does: with a line end between them. maxQuery bounds text that is not data.
func readInput(query string, body io.Reader, maxQuery int64) (input, error) {
	if query != "" {
		body = io.MultiReader(strings.NewReader(query+"\n"), body)
	}
	buffered := bufio.NewReaderSize(body, peekBytes)
	head, err := buffered.Peek(peekBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return input{}, bodyError(err)
	}
	split, ok := findDataInsert(head)
	if !ok {
		text, err := io.ReadAll(&limitedReader{r: buffered, left: maxQuery})
		return input{text: text}, bodyError(err)
	}
	prefix := append([]byte(nil), head[:split.dataAt]...)
	_, _ = buffered.Discard(split.dataAt) // cannot fail: just peeked
	data, err := newSpool(buffered)
	if err != nil {
		return input{}, bodyError(err)
	}
	return input{text: split.fromFile(prefix, data.path()), data: data}, nil
}

// bodyError gives errors of the decoders a code; nil stays nil.
func bodyError(err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return newError(codeIncorrectData, "%v", fmt.Errorf("read body: %w", err))
}
