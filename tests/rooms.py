"""The picture of the rooms in docs/architecture.md, drawn from the imports: `python -m tests.rooms`, or `make rooms`.

An arrow says that something in the one room imports something in the other; one that follows from two others is left
out. Modules that import each other in a circle would be named.
"""

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/architecture.md"
ROOMS = ("config", "console", "cloudapi", "media_jobs", "procedures", "templates_app", "applications", "animator")
INNER = ("media_jobs", "animator", "console")
_PLACE = re.compile(r"(<!-- rooms:begin -->\n).*?(<!-- rooms:end -->)", re.DOTALL)

Arrows = dict[str, set[str]]


def picture() -> str:
    """Markdown: a diagram of the house and of each room with rooms of its own, and the number of circles."""
    graph = grimp.build_graph(*ROOMS, cache_dir=None)
    house = [_diagram("The house", arrows(graph, sorted(ROOMS)))]
    inner = [_diagram(f"Within `{room}`", arrows(graph, sorted(graph.find_children(room)))) for room in INNER]
    found = list(circles(graph))
    told = f"{len(found)} circles" + "".join(f"\n- {circle}" for circle in found)
    unseen = (
        "Encoders are imported by name, once it is known which is wanted, and so are the addresses of `config/urls.py`."
    )
    return "\n".join([*house, *inner, f"{told}.\n", f"{unseen}\n"])


def arrows(graph: grimp.ImportGraph, rooms: list[str]) -> Arrows:
    """Which of these rooms imports which of the others, with all that is in them."""
    return {
        room: {
            other
            for other in rooms
            if other != room and graph.direct_import_exists(importer=room, imported=other, as_packages=True)
        }
        for room in rooms
    }


def circles(graph: grimp.ImportGraph) -> Iterator[str]:
    """One of each folder whose members import each other in a circle."""
    folders = [*sorted(module for module in graph.modules if graph.find_children(module))]
    for members in [sorted(ROOMS), *(sorted(graph.find_children(folder)) for folder in folders)]:
        try:
            TopologicalSorter(arrows(graph, members)).prepare()
        except CycleError as error:
            yield " → ".join(error.args[1])


def _diagram(title: str, found: Arrows) -> str:
    lines = [f"    {_name(room)} --> {_name(other)}" for room in found for other in sorted(_reduced(found, room))]
    return "\n".join([f"{title}:\n", "```mermaid", "flowchart TD", *lines, "```", ""])


def _reduced(found: Arrows, room: str) -> set[str]:
    """Its arrows without those that lead where another one leads, too."""
    return {
        other for other in found[room] if not any(other in _reached(found, third) for third in found[room] - {other})
    }


def _reached(found: Arrows, room: str) -> set[str]:
    seen, ahead = set[str](), [room]
    while ahead:
        for other in found[ahead.pop()] - seen:
            seen.add(other)
            ahead.append(other)
    return seen


def _name(room: str) -> str:
    plain = room.rpartition(".")[2]
    return f"{plain}[{plain}]" if plain not in ("end", "__main__") else f"main[{plain}]"


def main() -> None:
    drawn = _PLACE.sub(lambda place: f"{place[1]}{picture()}{place[2]}", PAGE.read_text())
    PAGE.write_text(drawn)
    print(picture())


if __name__ == "__main__":
    main()
