package chlocal

import "unsafe"

// result is the answer to one statement, in the engine's memory.
type result struct {
	lib    *library
	handle unsafe.Pointer // C, ours until close
}

// data is the formatted result, without a copy: valid until close.
func (r *result) data() []byte {
	n := r.lib.resultLength(r.handle)
	p := r.lib.resultBuffer(r.handle)
	if n == 0 || p == nil {
		return nil
	}
	return unsafe.Slice((*byte)(p), n)
}

// err is the engine's exception, as *Error, or nil.
func (r *result) err() error {
	p := r.lib.resultError(r.handle)
	if p == nil {
		return nil
	}
	return engineError(goString(p))
}

// summary is what X-ClickHouse-Summary says of a statement.
type summary struct {
	ReadRows     uint64 `json:"read_rows,string"`
	ReadBytes    uint64 `json:"read_bytes,string"`
	WrittenRows  uint64 `json:"written_rows,string"`
	WrittenBytes uint64 `json:"written_bytes,string"`
	ElapsedNS    int64  `json:"elapsed_ns,string"`
}

func (r *result) summary() summary {
	return summary{
		ReadRows:     r.lib.rowsRead(r.handle),
		ReadBytes:    r.lib.bytesRead(r.handle),
		WrittenRows:  r.lib.rowsWritten(r.handle),
		WrittenBytes: r.lib.bytesWritten(r.handle),
	}
}

// close gives the memory back. The result must not be used after it.
func (r *result) close() {
	r.lib.destroyResult(r.handle)
	r.handle = nil
}

// goString copies a NUL-terminated C string, up to maxErrorText bytes of it.
func goString(p unsafe.Pointer) string {
	const maxErrorText = 16 << 10 // clickhouse-go reads no more of an exception
	n := 0
	for n < maxErrorText && *(*byte)(unsafe.Add(p, n)) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(p), n))
}
