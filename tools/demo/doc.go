// Package demo is what `lode up` and `lode smoke` show: a chat request becomes money. It starts the stack, sends
// traffic through the gateway and follows the ledger until sessions are settled.
package demo
