// Package proto holds the words of the bus: the .proto files beside this one, and under gen/go the Go code made
// from them by `make gen`. It imports nothing but the protobuf runtime.
package proto
