package bus

import (
	"errors"
	"time"
)

// A handler returns an error and nothing else. The class of the error says what happens to the message:
//
//	nil          acknowledged
//	Retry(err)   delivered again after a delay
//	Poison(err)  copied to DEAD with the reason, then ended
//	Stop(err)    left unacknowledged; the consumer stops and the service shuts down
//	other        as Retry with one second
type classed struct {
	err   error
	class class
	after time.Duration
}

type class int

const (
	classRetry class = iota
	classPoison
	classStop
)

func (c *classed) Error() string { return c.err.Error() }
func (c *classed) Unwrap() error { return c.err }

// Retry asks for the message again after a delay.
func Retry(err error, after time.Duration) error {
	return &classed{err: err, class: classRetry, after: after}
}

// Poison says that no retry can help: the message goes to DEAD.
func Poison(err error) error { return &classed{err: err, class: classPoison} }

// Stop says that the service must not go on.
func Stop(err error) error { return &classed{err: err, class: classStop} }

// classify returns the class of a handler's error, which is not nil.
func classify(err error) *classed {
	var c *classed
	if errors.As(err, &c) {
		return c
	}
	return &classed{err: err, class: classRetry, after: time.Second}
}
