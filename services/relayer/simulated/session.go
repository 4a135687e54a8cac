package simulated

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const sessionPrefix = "simv1:"

// SessionID returns a new session id for a simulated relay that is sent at the time.
func SessionID(at time.Time) string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return sessionPrefix + strconv.FormatInt(at.Unix(), 10) + ":" + hex.EncodeToString(b[:])
}

// sessionTime reads the time in a session id.
func sessionTime(id string) (time.Time, error) {
	rest, ok := strings.CutPrefix(id, sessionPrefix)
	seconds, nonce, found := strings.Cut(rest, ":")
	if !ok || !found || len(nonce) != 16 || len(seconds) > 12 {
		return time.Time{}, fmt.Errorf("%w: %.80q", errSession, id)
	}
	if _, err := hex.DecodeString(nonce); err != nil {
		return time.Time{}, fmt.Errorf("%w: %.80q", errSession, id)
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || unix < 0 {
		return time.Time{}, fmt.Errorf("%w: %.80q", errSession, id)
	}
	return time.Unix(unix, 0), nil
}
