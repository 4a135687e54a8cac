// Package claims reads what became of claims: from the bus what was owed, said and done, and from the chain's blocks
// which transactions there were and how they were answered. It writes nothing.
package claims
