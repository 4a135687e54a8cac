package chlocal

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unsafe"
)

// session is one connection to the engine. It runs one statement at a time.
//
// Every request gets a fresh one (about 0.4 ms): what SET and USE leave behind
// must not reach the next request, and after a failed statement the engine was
// seen to put left-over output into the connection's next result.
type session struct {
	lib  *library
	conn unsafe.Pointer // C: pointer to the connection handle
}

// connect opens a session on the engine's folder.
func connect(lib *library, args []string) (*session, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	argv := pinStrings(&pin, args)
	conn := lib.connect(int32(len(args)), unsafe.Pointer(&argv[0]))
	if conn == nil {
		return nil, errors.New("the engine refused the connection (its reason is on standard error)")
	}
	return &session{lib: lib, conn: conn}, nil
}

func (s *session) close() { s.lib.closeConn(s.conn) }

// prepare selects the database and makes the settings.
func (s *session) prepare(database string, settings []pair) error {
	if err := s.exec("USE " + quoteIdentifier(database)); err != nil {
		return err
	}
	if len(settings) == 0 {
		return nil
	}
	var b strings.Builder
	for i, set := range settings {
		b.WriteString([]string{"SET ", ", "}[min(i, 1)])
		fmt.Fprintf(&b, "%s = %s", set.Name, quoteString(set.Value))
	}
	return s.exec(b.String())
}

// exec runs a statement whose result does not matter.
func (s *session) exec(statement string) error {
	res, err := s.run([]byte(statement), "Null", nil)
	if err != nil {
		return err
	}
	res.close()
	return nil
}

// run runs one statement and returns its result, which the caller closes. The
// error of a failed statement is an *Error.
func (s *session) run(statement []byte, format string, params []pair) (*result, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	names, values := split(params)
	handle := s.lib.query(*(*unsafe.Pointer)(s.conn),
		pinBytes(&pin, statement), uintptr(len(statement)),
		pinBytes(&pin, []byte(format)), uintptr(len(format)),
		unsafe.Pointer(unsafe.SliceData(pinStrings(&pin, names))), unsafe.Pointer(unsafe.SliceData(lengths(names))),
		unsafe.Pointer(unsafe.SliceData(pinStrings(&pin, values))), unsafe.Pointer(unsafe.SliceData(lengths(values))),
		uintptr(len(params)))
	if handle == nil {
		return nil, newError(codeUnknownException, "the engine gave no result")
	}
	res := &result{lib: s.lib, handle: handle}
	if err := res.err(); err != nil {
		res.close()
		return nil, err
	}
	return res, nil
}

func split(params []pair) (names, values []string) {
	for _, p := range params {
		names, values = append(names, p.Name), append(values, p.Value)
	}
	return names, values
}

// pinBytes returns the address of a NUL-terminated copy of b.
func pinBytes(pin *runtime.Pinner, b []byte) unsafe.Pointer {
	c := make([]byte, len(b)+1)
	copy(c, b)
	pin.Pin(&c[0])
	return unsafe.Pointer(&c[0])
}

// pinStrings returns a C array of NUL-terminated copies.
func pinStrings(pin *runtime.Pinner, list []string) []unsafe.Pointer {
	out := make([]unsafe.Pointer, len(list))
	for i, s := range list {
		out[i] = pinBytes(pin, []byte(s))
	}
	return out
}

func lengths(list []string) []uintptr {
	out := make([]uintptr, len(list))
	for i, s := range list {
		out[i] = uintptr(len(s))
	}
	return out
}

var (
	stringEscapes     = strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	identifierEscapes = strings.NewReplacer(`\`, `\\`, "`", "\\`")
)

func quoteString(s string) string     { return "'" + stringEscapes.Replace(s) + "'" }
func quoteIdentifier(s string) string { return "`" + identifierEscapes.Replace(s) + "`" }
