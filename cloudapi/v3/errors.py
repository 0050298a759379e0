"""What a caller is told when a request fails: a code of docs/protocol 1.7 and one sentence."""


class ApiError(Exception):
    """`code` goes on the wire as Response.Error.Code, `str(error)` as its Message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class InvalidParameter(ApiError):
    """Of the wrong type, or malformed."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameter", message)


class SignatureFailure(ApiError):
    def __init__(self, message: str = "The signature doesn't match the request. Check the SecretKey.") -> None:
        super().__init__("AuthFailure.SignatureFailure", message)
