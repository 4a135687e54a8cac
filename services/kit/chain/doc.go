// Package chain is the plumbing to a CometBFT node (RPC v0.38): blocks, results, queries and broadcasts, over one
// or more nodes. Requests go to one that is well; a client that watches its nodes knows which are before it asks, and
// which height enough of them have reached. It is a grpc.ClientConnInterface over abci_query, so that the query clients
// which a chain's own module generates work on it unchanged. It knows nothing of Pocket.
package chain
