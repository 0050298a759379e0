"""The ways in: a file that comes in pieces, as objects, or as a form, until it is a media."""
