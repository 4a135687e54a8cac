package chlocal

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
)

// Codes of ClickHouse's ErrorCodes.cpp that this package raises or maps itself.
const (
	codeBadArguments     = 36
	codeNotImplemented   = 48
	codeSyntaxError      = 62
	codeUnknownSetting   = 115
	codeIncorrectData    = 117
	codeTooManyQueries   = 202
	codeTooManyBytes     = 307
	codeUnknownException = 1002
)

// Error is a ClickHouse exception: what the engine said, or this server in the
// engine's manner.
type Error struct {
	Code int    // of ClickHouse's list; 60 is an unknown table, 62 a syntax error
	Text string // "Code: N. DB::Exception: …"
}

func (e *Error) Error() string { return e.Text }

func newError(code int, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf("Code: %d. DB::Exception: %s", code, fmt.Sprintf(format, args...))}
}

var codePrefix = regexp.MustCompile(`^Code: (\d{1,6})\.`)

// engineError makes an Error of the engine's message. A message without a code
// gets 1002, UNKNOWN_EXCEPTION.
func engineError(text string) *Error {
	m := codePrefix.FindStringSubmatch(text)
	if m == nil {
		return newError(codeUnknownException, "%s", text)
	}
	code, _ := strconv.Atoi(m[1])
	return &Error{Code: code, Text: text}
}

// asError finds the Error in err, or wraps it as one.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return newError(codeUnknownException, "%v", err)
}

// httpStatus follows ClickHouse's own table (exceptionCodeToHTTPStatus): 400
// for what cannot be read, 404 for what is not there, 500 for the rest.
func httpStatus(code int) int {
	switch code {
	case 6, 25, 26, 27, 36, 38, 41, 43, 44, 53, codeSyntaxError, 72, codeIncorrectData:
		return http.StatusBadRequest
	case 46, 47, 50, 56, 60, 73, 81, codeUnknownSetting, 336:
		return http.StatusNotFound
	case codeNotImplemented:
		return http.StatusNotImplemented
	case 159:
		return http.StatusRequestTimeout
	case codeTooManyBytes:
		return http.StatusRequestEntityTooLarge
	case 76, codeTooManyQueries, 209:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
