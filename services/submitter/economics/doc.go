// Package economics judges whether a claim is worth its cost: what settlement is expected to pay the supplier's
// shareholders against the fees of the claim and, as often as the chain asks for one, of its proof. It is arithmetic
// over what the chain's parameters and this submitter's own last transactions say; it asks nobody.
package economics
