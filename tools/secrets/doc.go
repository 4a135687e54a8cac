// Package secrets makes what the parts of a deployment know each other by on the bus: an authority of its own that signs
// the servers' certificate, an nkey for each service of schemas/bus and for the operator, and the servers' configuration
// of users, in which each may do what schemas/bus declares of it and nothing else (services/docs/adr/0017).
//
// An nkey is a pair of Ed25519 keys: the service has the seed and signs what the server asks it to, the server knows the
// public half only. Nothing that a server stores can be used to log in.
package secrets
