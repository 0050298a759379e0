"""Codec code in limited child processes: a crash, a hang or a memory bomb costs a child, never the caller."""
