"""What can go wrong in the engine, each error with the code that the protocol knows it by."""


class EngineError(Exception):
    """A clip that can't become an animated image, and why.

    `code` is the ErrCodeExt of docs/protocol 2.8 ("ErrCodeExt of media-processing sub-tasks"); `str(error)` is one
    sentence for a person that says what is wrong and what to do.
    """

    code = "InternalError"


class InvalidSpec(EngineError):
    """The wanted picture itself makes no sense (size, rate, quality, format)."""

    code = "InvalidInput"


class InvalidTimeOffset(EngineError):
    code = "InvalidInput.InvalidTimeOffset"


class ConfigurationUnsupported(EngineError):
    code = "InvalidInput.ConfigurationUnsupported"


class ResultTooLarge(EngineError):
    code = "InvalidInput.ResultFileSizeTooLarge"


class SourceFileError(EngineError):
    code = "SourceFileError"


class NoVideoMedia(SourceFileError):
    code = "SourceFileError.NoVideoMedia"


class NoVideoResolution(SourceFileError):
    code = "SourceFileError.NoVideoResolution"


class ContentMalformed(SourceFileError):
    code = "SourceFileError.ContentMalformed"


class ContentUnsupported(SourceFileError):
    code = "SourceFileError.ContentUnsupported"


class SandboxCrashed(EngineError):
    """The child that read the file died (by `signal`, or by itself with an exit status): the file broke the decoder."""

    code = "SourceFileError.ContentMalformed"

    def __init__(self, message: str, *, signal: int = 0) -> None:
        super().__init__(message)
        self.signal = signal


class SandboxKilled(EngineError):
    """The system killed the child, as it does when the machine's memory is used up. The file needn't be to blame."""


class SandboxLost(EngineError):
    """The warm server died, was stopped or didn't start: no job's fault, and worth another try."""


class SandboxLimitExceeded(EngineError):
    """The child used up what it was given; `limit` is "wall", "stall", "cpu" or "memory"."""

    code = "InvalidInput.ConfigurationUnsupported"

    def __init__(self, message: str, *, limit: str = "") -> None:
        super().__init__(message)
        self.limit = limit


def sentence_of(error: OSError) -> str:
    """What the system says and of which file, without its number: "Permission denied: out.gif"."""
    said = error.strerror or str(error)
    return f"{said}: {error.filename}" if error.filename else said
