// Package node runs a Pocket chain node in this process: the official
// application module under a CometBFT consensus engine, with nothing simulated.
//
// [Run] reads the home that package localnet wrote (config.toml, app.toml, the
// genesis and the keys), joins the application to CometBFT by direct calls, and
// serves CometBFT's RPC. Clients reach every query of the chain through that
// RPC's abci_query; there is no gRPC or REST server to configure.
//
// What was committed survives kill -9: the block store, the write-ahead log and
// the application's store are reconciled by CometBFT's handshake at the next
// start.
package node
