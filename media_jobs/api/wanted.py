from rest_framework import serializers

from media_jobs.jobs.services import MAX_SESSION_CONTEXT, NOTIFY_MODES, PRIORITIES
from media_jobs.uploads.services import MAX_SOURCE_CONTEXT, Wanted


class WantedFields(serializers.Serializer[Wanted]):
    """What a client says of a file that it uploads, in tus metadata or form fields; unknown names are ignored."""

    filename = serializers.CharField(default="", allow_blank=True, max_length=1024)
    procedure = serializers.CharField(default="", allow_blank=True, help_text="Name of the task flow to start")
    class_id = serializers.IntegerField(default=0, min_value=0, max_value=2**53)
    source_context = serializers.CharField(default="", allow_blank=True, max_length=MAX_SOURCE_CONTEXT)
    session_context = serializers.CharField(default="", allow_blank=True, max_length=MAX_SESSION_CONTEXT)
    tasks_priority = serializers.IntegerField(default=0, min_value=PRIORITIES[0], max_value=PRIORITIES[-1])
    notify_mode = serializers.ChoiceField(NOTIFY_MODES, default="")

    @classmethod
    def wanted(cls, fields: dict[str, str], *, length: int | None) -> Wanted:
        """Raises ValidationError."""
        checked = cls(data=fields)
        checked.is_valid(raise_exception=True)
        data = dict(checked.validated_data)
        return Wanted(name=data.pop("filename"), length=length, **data)
