"""How rules are known to be right: mutants of them that cases must tell apart, proofs, coverage."""
