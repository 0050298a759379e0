"""The engine's command line: `python -m animator clip.mp4 out.webp --start 2 --end 5 --width 640 --fps 15`.

Installed as a package (`pip install .`) it is also the command zoetrope-animate.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from animator.confine.sandbox import Sandbox, ignore_tick
from animator.core.errors import EngineError, InvalidSpec, InvalidTimeOffset
from animator.core.options import add_options, asked
from animator.core.order import AnimationSpec, Order
from animator.core.result import Result

COMMAND = "zoetrope-animate"
ENGINE_FAILED, USAGE_FAILED = 1, 2
BAR_SECONDS = 0.1  # between two looks of the progress bar


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 the engine refused or failed, 2 the command makes no sense."""
    options = _parser().parse_args(arguments)
    try:
        order = _order(options)
    except (InvalidSpec, InvalidTimeOffset) as error:
        return _fail(str(error), USAGE_FAILED)
    if not options.input.is_file():
        return _fail(f"There is no file {options.input}.", USAGE_FAILED)
    if not options.output.absolute().parent.is_dir():
        return _fail(f"There is no directory {options.output.parent} to write to.", USAGE_FAILED)
    try:
        result = _animate(options, order)
    except (EngineError, OSError) as error:
        return _fail(str(error), ENGINE_FAILED, code=getattr(error, "code", ""))
    print(json.dumps(result.as_dict()) if options.json else _summary(options.output, result))
    return 0


def _animate(options: argparse.Namespace, order: Order) -> Result:
    sandbox = Sandbox(nice=0, forked=True)
    sandbox.start()
    try:
        with _bar(shown=sys.stderr.isatty() and not options.json) as show:
            return sandbox.animate(
                options.input, options.output, order, poster=options.poster, on_tick=show, tick_seconds=BAR_SECONDS
            )
    finally:
        sandbox.close()


@contextmanager
def _bar(*, shown: bool) -> Iterator[Callable[[float], None]]:
    """What shows progress from 0 to 1 on a terminal; nothing does elsewhere."""
    if not shown:
        yield ignore_tick
        return
    # Takes a while to import; meanwhile the server imports the codecs.
    from tqdm import tqdm

    with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed}", leave=False) as bar:

        def show(progress: float) -> None:
            bar.update(round(progress * 100) - bar.n)

        yield show


def _order(options: argparse.Namespace) -> Order:
    """Raises InvalidSpec and InvalidTimeOffset."""
    options.format = options.format or options.output.suffix.lower().removeprefix(".")
    return Order(spec=AnimationSpec(**asked(AnimationSpec, options)), **asked(Order, options))


def _program() -> str:
    """As it was called: zoetrope-animate where the package is installed."""
    name = Path(sys.argv[0]).name
    return name if name == COMMAND else "python -m animator"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(_program(), description="Make a GIF or WebP of a piece of a video.")
    parser.add_argument("input", type=Path, metavar="INPUT", help="the video file")
    parser.add_argument("output", type=Path, metavar="OUTPUT", help="the picture to write, .gif or .webp")
    add_options(parser, AnimationSpec)
    add_options(parser, Order)
    parser.add_argument("--poster", type=Path, metavar="FILE", help="also write a still, .jpg or .webp")
    parser.add_argument("--json", action="store_true", help="print the whole record as JSON")
    return parser


def _summary(output: Path, result: Result) -> str:
    line = (
        f"{output}: {result.width}x{result.height}, {result.frames} frames, "
        f"{result.duration:.3f} s, {result.size:,} bytes"
    )
    return "\n".join([line, *_judgement(result), *result.notes])


def _judgement(result: Result) -> list[str]:
    if result.score is None:
        return []
    return ["SSIM-Y {mean:.4f}, at worst {worst:.4f} ({worst_at:.2f} s in)".format(**result.score)]


def _fail(message: str, status: int, *, code: str = "") -> int:
    print(f"animator: {message}{f' ({code})' if code else ''}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
