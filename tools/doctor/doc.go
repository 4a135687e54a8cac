// Package doctor looks at a deployment from its services' configuration files and says what is wrong with it and what to do:
// chain nodes, keys and stakes, the bus and its streams, the store, certificates, clocks and limits of the machine, and
// what each service says of itself. It reads only.
//
// Each topic has a file: look… gathers facts over the network, judge… is a pure function from facts to findings.
package doctor
