"""The audit log: who changed what, written for every door."""
