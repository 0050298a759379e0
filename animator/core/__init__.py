"""What the whole engine speaks of: the spec, time, limits, errors, progress and results. No codec is loaded here."""
