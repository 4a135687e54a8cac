package upstream

import (
	"context"
	"errors"
	"fmt"
)

// What a call can end with, beside the end of the caller's own context.
var (
	ErrRequest  = errors.New("the request cannot be sent")                  // the client's fault; nothing was sent
	ErrDown     = errors.New("is down")                                     // no endpoint takes calls now
	ErrTimeout  = errors.New("did not answer in time")                      // a limit of the configuration
	ErrTooLarge = errors.New("the backend's answer exceeds the size limit") // the backend works
	ErrFailed   = errors.New("failed")                                      // connection refused, broken off, garbage
	errStatus   = errors.New("answered with status 502, 503 or 504")        // counts against an endpoint; the answer is handed on
	errExcluded = errors.New("says nothing about the endpoint")             // lost a race, or its caller went away
)

// Error is a failed call. Its text is fit for strangers; its causes are not.
type Error struct {
	Service string
	Backend string // its name; empty: none was called
	Kind    error  // ErrDown, ErrTimeout or ErrFailed
	Cause   error  // may name addresses; nil: none
}

func (e *Error) Error() string { return fmt.Sprintf("the backend of service %s %v", e.Service, e.Kind) }

// Unwrap is the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// failure names what went wrong with a call under ctx.
func failure(ctx context.Context, service, backend string, err error) error {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(err, ErrTooLarge):
		return ErrTooLarge
	case errors.Is(cause, ErrTimeout), errors.Is(cause, context.DeadlineExceeded), timedOut(err):
		return &Error{Service: service, Backend: backend, Kind: ErrTimeout, Cause: err}
	case cause != nil:
		return fmt.Errorf("call of the backend of service %s: %w", service, context.Canceled)
	default:
		return &Error{Service: service, Backend: backend, Kind: ErrFailed, Cause: err}
	}
}

// timedOut tells whether the connection itself took too long.
func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
