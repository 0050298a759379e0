"""Refusals at start: combinations of settings that would lose work or lock people out, each with what to change."""
