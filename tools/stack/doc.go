// Package stack runs the whole of Lode on one machine: chain, model server, ClickHouse, bus and all services, each
// in its own process except the bus, which lives in the process that runs the stack. State, configuration, keys and
// logs lie in one folder, so that a later start goes on where the last one stopped.
//
// A process that ends is started again; Kill ends one without mercy, for tests of exactly that.
package stack
