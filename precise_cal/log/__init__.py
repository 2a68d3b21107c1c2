"""The append-only log: a Merkle tree over events, signed checkpoints, proofs that anybody can check."""
