"""Task flows: which templates run over which seconds. Called `procedure` on the wire."""
