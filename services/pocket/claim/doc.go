// Package claim turns a sealed session tree into what the chain is told about
// it, and into money.
//
// A claim is the tree's root ([NewCreateClaim]); what it is worth follows from
// the root, the service's target and the prices at the session's start
// ([AmountsOf]). Once the block before the proof window is known, its hash
// decides whether the claim must be proven ([Requirement]) and by which leaf
// ([ProofPath]); the proof goes into a [NewSubmitProof].
//
// Settlement pays a claim in full unless the application's budget for the
// session does not reach ([Budget.Limit]); [RelayCost] and [MeterLimit] are
// the relayer's guard against serving what would then not be paid.
//
// All amounts are in upokt (1 POKT = 1,000,000 upokt) unless they say
// otherwise. Products are exact and rounded once at the end, as on chain.
// Source: protocol mining.md §3–§6, relay.md §9, chain-rules.md §9–§13.
package claim
