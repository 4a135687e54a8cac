package fold

import (
	"fmt"
	"regexp"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// name is what can be a token of a subject: facts are said under supplier and session.
var name = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

// check finds the faults that make terms useless.
func check(t *relayv1.Terms) error {
	if !name.MatchString(t.GetSupplier()) || !name.MatchString(t.GetSessionId()) {
		return fmt.Errorf("terms of session %.100q for supplier %.100q: these are no names", t.GetSessionId(), t.GetSupplier())
	}
	if _, err := difficulty.Parse(t.GetTargetHash()); err != nil {
		return fmt.Errorf("terms of session %s: %w", t.GetSessionId(), err)
	}
	return nil
}
