// Package chaintest is a chain that tests advance by hand: it speaks a CometBFT node's JSON-RPC over HTTP and
// answers abci_query from a table of functions over the official message types. It knows nothing of Pocket.
package chaintest
