// Package facts reads what the chain says about a session, an application's ring and an account, and keeps it for
// as long as it cannot change: a session and its prices are fixed by its start height; a ring of one (application,
// session end) only ever gains members, so it is read again when a signer is not found in it.
//
// All caches are bounded, and concurrent questions about the same thing are one query.
package facts
