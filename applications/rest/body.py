"""What a request says, judged in one go: fields that can't be read, and those that the rules are against."""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any, TypeVar

from rest_framework.exceptions import ValidationError
from rest_framework.fields import SkipField
from rest_framework.serializers import Serializer

from applications.errors import Refused

T = TypeVar("T")


class Body(Serializer[T]):
    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterable[Refused]:
        """What the rules are against, among the fields that can be read; `said` are all that the client named.

        The services check the same rules, for every door. Here they are asked early, so that a field of the wrong type
        doesn't hide another's wrong value, and each mistake stands at its place.
        """
        return ()

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)  # which says what it wants
        given: dict[str, Any] = {}
        errors = dict(self._unreadable(data, into=given))
        for mistake in list(self.mistakes(given, said=data.keys())):
            if mistake.field not in errors:
                errors[mistake.field] = [str(mistake)]
        if errors:
            raise ValidationError(errors)
        return given

    def _unreadable(self, data: Mapping[str, Any], *, into: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        for name, field in self.fields.items():
            if field.read_only:
                continue
            try:
                into[name] = field.run_validation(field.get_value(data))
            except ValidationError as error:
                yield name, error.detail
            except SkipField:
                pass
