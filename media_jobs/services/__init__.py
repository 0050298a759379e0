"""Writes of this room, one use case each."""
