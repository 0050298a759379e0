"""The studio: what a browser plays, what a picture would be, the addresses and programs that say the same."""
