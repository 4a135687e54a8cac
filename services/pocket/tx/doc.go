// Package tx builds signed transactions as pure functions: the same [Request]
// and key give the same bytes, byte for byte those of the Cosmos SDK's client
// in direct sign mode (protocol chain-io.md §4).
//
// There are two kinds. An ordered transaction carries the account's next
// sequence number, so an account can have one under way at a time. An
// unordered one has sequence 0 and is told apart from others of its signer by
// its timeout timestamp to the nanosecond, which the chain wants within ten
// minutes after its latest block's time.
//
// Which fee, gas, and timeouts are right is for the caller to know.
package tx
