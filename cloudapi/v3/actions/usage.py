"""DescribeMediaProcessUsageData, of animated images only: nothing else is processed here."""

from collections.abc import Iterable
from datetime import timedelta
from math import ceil

from applications.caller import Caller
from applications.roles import Role
from cloudapi.v3.errors import ApiError
from cloudapi.v3.moments import Moment
from cloudapi.v3.registry import SUB_APP_ID, Action, Given, Result
from cloudapi.v3.shapes import Parameter, Struct, Text
from media_jobs.library.usage import DailyUsage, daily_usage
from media_jobs.structures import iso

TASK_TYPE = "AnimatedGraphics"
_CONTAINERS = ("gif", "webp")
_LONGEST = timedelta(days=366)


def describe(caller: Caller, given: Given) -> Result:
    since, until = given["StartTime"], given["EndTime"]
    if not timedelta(0) <= until - since <= _LONGEST:
        raise ApiError("InvalidParameterValue.EndTime", "EndTime is not before StartTime, and within a year of it.")
    if given.get("Type", TASK_TYPE) not in ("", TASK_TYPE):
        return {"MediaProcessDataSet": []}
    until = until.replace(hour=23, minute=59, second=59, microsecond=999_999)
    details = [
        {
            "Specification": container,
            "Data": _items(daily_usage(caller.application, since=since, until=until, container=container)),
        }
        for container in _CONTAINERS
    ]
    summary = _items(daily_usage(caller.application, since=since, until=until))
    return {"MediaProcessDataSet": [{"TaskType": TASK_TYPE, "Summary": summary, "Details": details}]}


def _items(days: Iterable[DailyUsage]) -> list[Result]:
    return [{"Time": iso(day.day), "Count": day.images, "Usage": ceil(day.seconds)} for day in days]


ACTIONS = (
    Action(
        name="DescribeMediaProcessUsageData",
        run=describe,
        role=Role.VIEWER,
        parameters=Struct(
            Parameter("StartTime", Moment("InvalidParameterValue.StartTime"), required=True),
            Parameter("EndTime", Moment("InvalidParameterValue.EndTime"), required=True, note="the whole day counts"),
            SUB_APP_ID,
            Parameter("Type", Text(), note=f"`{TASK_TYPE}`, our own word; any other type has no data"),
        ),
    ),
)
