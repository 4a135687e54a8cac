// Package vectors runs files of golden test vectors through Lode's protocol
// code and counts what disagrees.
//
// A vector file is JSON made with the reference implementation: inputs and the
// outputs the chain computes from them. The same format may be read from any
// folder (see [Dir]), so whoever changes the protocol can hand us new cases
// without touching our code. Three rules keep such a run honest:
//
//   - expectations come from the fields of a case, never from its name;
//   - a field that an expectation needs and that is absent is a failure that
//     names the field, unknown extra fields are ignored;
//   - a case whose code panics is a failed case, not a dead run.
//
// [All] runs every file that is present. Each file has one Run function in a
// file of its own; the list is the variable runners in vectors.go.
package vectors
