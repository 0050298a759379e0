"""An order that leaves its seconds to the engine, settled."""

from dataclasses import replace
from pathlib import Path

from animator.core.choice import Choice
from animator.core.highlights import Highlights
from animator.core.limits import Limits
from animator.core.order import Order
from animator.core.progress import Progress


def chosen(source: Path, order: Order, *, limits: Limits, on_progress: Progress) -> tuple[Order, Highlights | None]:
    """With the best seconds as its start and end, and why; as it was, and None, when it leaves nothing to choose.

    Raises EngineError's children.
    """
    if not order.choice.auto:
        return order, None
    # Imported where it is used: most orders name their seconds.
    from animator.make.highlights import highlights

    found = highlights(source, order, limits=limits, on_progress=on_progress)
    first = found.best[0]
    return replace(order, start=first.start, end=first.end, choice=Choice()), found
