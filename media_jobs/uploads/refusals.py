"""Why an upload can't go on."""

from applications.errors import Conflict, LimitReached, Refused


class OffsetMismatch(Conflict):
    """The client is not where the server is; `offset` is where the server is."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"The next byte to send is number {offset}.", field="offset")
        self.offset = offset


class UploadTooLarge(LimitReached):
    status = 413


class UploadClosed(Conflict):
    """Committed or discarded already."""

    status = 410


class UploadIncomplete(Conflict):
    pass


class UploadBusy(Conflict):
    """Another request is writing to the same upload."""

    status = 423


class BucketAway(Refused):
    """The bucket doesn't answer as it should."""

    status = 503
    title = "The store can't be reached"

    def __init__(self) -> None:
        super().__init__("The bucket does not answer as it should at the moment. Try again a little later.")


class BytesElsewhere(Conflict):
    """The bytes lie in another host's scratch folder, or are gone."""

    def __init__(self) -> None:
        super().__init__(
            "The bytes of this upload aren't on the host that was asked. Ask the one that took them in, or start again."
        )
