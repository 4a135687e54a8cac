// Package served puts relays into the relay log as a relayer does that has answered them: signed by the gateway in the
// application's ring and by the supplier, with the session's terms, numbered and grouped by the relayer's own code. It
// stands in for gateway, relayer and model server where only what comes after them is looked at.
package served
