"""One plan over many media: which, which not, what it will cost; starting, cancelling and repeating it as one thing."""
