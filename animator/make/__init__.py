"""The engine's one way through, and what is made beside a picture."""
