// Package claims reads what became of claims: from the bus what was owed, said and done, and from the chain's blocks
// which transactions there were and how they were answered. It writes one thing: an operator's word that a claim is to be
// made whatever it costs.
package claims
