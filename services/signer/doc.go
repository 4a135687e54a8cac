// Package signer holds keys in a process of its own and signs for others on the same machine, so that relayers, which
// talk to the world, hold none.
//
// It answers the protocol of package signing on a unix socket. Who may open the socket may have anything signed that the
// configured purposes allow: the socket's folder is the lock, and relaying and transactions are separate purposes, so a
// relayer's signer never signs a transaction. Every refusal is logged; signatures are counted.
package signer
