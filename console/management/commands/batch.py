"""`manage.py batch …`: one plan over many media, followed, cancelled and tried again as one thing."""

import time
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from applications.audit.entries import record_command
from applications.errors import InvalidValue, Refused
from applications.models import Application
from console.management.choosing import add_application, application_of
from console.management.following import NO_WORKER
from console.management.working import add_work, asked_plan
from media_jobs.batches.forecast import Forecast, forecast
from media_jobs.batches.selection import Selection
from media_jobs.batches.selectors import batches_for, figures_of, one_batch, seconds_left
from media_jobs.batches.services import cancel_batch, create_batch, retry_batch
from media_jobs.jobs.selectors import Outcome, live_workers
from media_jobs.library.states import MediaState
from media_jobs.models import Batch
from media_jobs.states import OPEN_BATCHES

PAUSE = 1.0  # seconds between two looks
_LISTED = 20
_YES_OR_NO = {"yes": True, "no": False}


class Command(BaseCommand):
    help = "Make animated images of many media: run, list, show, cancel or retry."

    def add_arguments(self, parser: CommandParser) -> None:
        add_application(parser)
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        run = verbs.add_parser("run", help="start one; with --dry-run only tell what it would be")
        run.add_argument("file_ids", nargs="*", metavar="FILE_ID", help="without any: all that match the filter")
        run.add_argument("--all", action="store_true", help="every media there is")
        run.add_argument("--text", default="", help="part of a name or of a tag")
        run.add_argument("--state", default="", choices=MediaState.values, help="of the media")
        run.add_argument("--class-id", type=_key, default=None, metavar="N", help="0: without a class")
        run.add_argument("--category", default="", choices=("Video", "Audio"))
        run.add_argument("--has-images", default="", choices=_YES_OR_NO, help="whether any were made of it")
        run.add_argument("--processed-by", default="", metavar="NAME", help="a task flow that it was run over by")
        run.add_argument("--created-after", type=_moment, default=None, metavar="TIME", help="2026-11-26T08:00:00Z")
        run.add_argument("--created-before", type=_moment, default=None, metavar="TIME")
        add_work(run)
        run.add_argument("--priority", type=int, default=0, metavar="N", help="-10 to 10")
        run.add_argument("--again", action="store_true", help="also where the same was made before")
        run.add_argument("--dry-run", action="store_true", help="only tell what it would be")
        run.add_argument("--wait", action="store_true", help="until it has ended")
        verbs.add_parser("list", help="the newest")
        for verb, words in (("show", "how it stands"), ("cancel", "end it"), ("retry", "try again what failed")):
            one = verbs.add_parser(verb, help=words)
            one.add_argument("id", type=UUID, metavar="ID")
            one.add_argument("--wait", action="store_true", help="until it has ended")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            application = application_of(options["application"])
            batch = getattr(self, f"_{options['verb']}")(application, options)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if batch is None:
            return
        self._tell(self._waited(batch) if options["wait"] else batch)

    def _run(self, application: Application, options: dict[str, Any]) -> Batch | None:
        work: dict[str, Any] = {
            "application": application,
            "selection": _selection(options),
            "plan": asked_plan(application, options),
            "again": options["again"],
        }
        if options["dry_run"]:
            self._foretell(forecast(**work))
            return None
        batch = create_batch(**work, priority=options["priority"])
        record_command("batch run", application=application, subject={"id": batch.pk})
        return batch

    def _list(self, application: Application, options: dict[str, Any]) -> None:
        for batch in batches_for(application)[:_LISTED]:
            self.stdout.write(
                f"{batch.pk}  {batch.created_at:%Y-%m-%d %H:%M}  {batch.state:10}  {batch.total:>8,} media"
            )

    def _show(self, application: Application, options: dict[str, Any]) -> Batch:
        return one_batch(application, options["id"])

    def _cancel(self, application: Application, options: dict[str, Any]) -> Batch:
        batch = cancel_batch(batch=one_batch(application, options["id"]))
        record_command("batch cancel", application=application, subject={"id": batch.pk})
        return batch

    def _retry(self, application: Application, options: dict[str, Any]) -> Batch:
        batch = retry_batch(batch=one_batch(application, options["id"]))
        record_command("batch retry", application=application, subject={"id": batch.pk})
        return batch

    def _waited(self, batch: Batch) -> Batch:
        """Workers start what is left and end it; each of their looks is a few seconds after the one before."""
        if not live_workers().exists():
            self.stdout.write(NO_WORKER)
        while batch.state in OPEN_BATCHES:
            time.sleep(PAUSE)
            batch.refresh_from_db()
        return batch

    def _tell(self, batch: Batch) -> None:
        """Raises CommandError, with 2, when it has ended and not all was made."""
        figures = figures_of([batch])[batch.pk]
        self.stdout.write(f"batch {batch.pk}: {batch.state}, {batch.total:,} media")
        for words, number in (
            *figures["tasks"].items(),
            *((f"passed over: {why}", n) for why, n in batch.skipped.items()),
        ):
            self.stdout.write(f"{number:>10,} {words}")
        self.stdout.write(f"{figures['pictures']:>10,} pictures, {filesizeformat(figures['bytes'])}")
        if (left := seconds_left(batch, figures)) is not None:
            self.stdout.write(f"About {left:,.0f} s are left.")
        if batch.waits:
            self.stdout.write(f"It waits: {batch.waits}")
        made = {Outcome.COMPLETED} >= figures["tasks"].keys()
        if batch.state not in OPEN_BATCHES and not made:
            raise CommandError("Not every animated image was made.", returncode=2)

    def _foretell(self, told: Forecast) -> None:
        part = "" if told.looked_at >= told.media else f", by a look at {told.looked_at:,} of them"
        self.stdout.write(f"{told.media:>10,} media{part}")
        for reason, number in told.skipped.items():
            self.stdout.write(f"{number:>10,} passed over: {reason}")
        self.stdout.write(f"{told.pictures:>10,} pictures")
        if told.bytes is None or told.seconds is None:
            self.stdout.write("Nothing is known of their size: nobody has looked at these media yet.")
            return
        basis = f"measured on {told.measured} pictures" if told.measured else "estimated on a few of the media"
        self.stdout.write(f"About {filesizeformat(told.bytes)} and {told.seconds:,.0f} s of work, {basis};")
        share = f"{told.elapsed:,.0f} s on the {told.slots} slots there are" if told.elapsed is not None else NO_WORKER
        self.stdout.write(share)
        if told.largest:
            size = filesizeformat(told.largest.bytes)
            self.stdout.write(f"The largest: {told.largest.name} ({told.largest.file_id}), {size}")


def _selection(options: dict[str, Any]) -> Selection:
    """Raises InvalidValue for nothing, or for names together with a filter."""
    names = ("text", "state", "class_id", "category", "processed_by", "created_after", "created_before")
    matching = {name: options[name] for name in names if options[name] not in ("", None)}
    if options["has_images"]:
        matching["has_images"] = _YES_OR_NO[options["has_images"]]
    if sum(map(bool, (options["file_ids"], matching, options["all"]))) != 1:
        raise InvalidValue("Say which media: their FILE_IDs, or a filter, or --all.")
    return Selection(file_ids=tuple(options["file_ids"]), **matching)


def _key(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**63:  # no database's key is larger
        raise ValueError(text)
    return number


def _moment(text: str) -> Any:
    moment = parse_datetime(text)
    if moment is None:
        raise ValueError(text)
    return make_aware(moment) if is_naive(moment) else moment
