"""The engine's command line: `python -m animator clip.mp4 out.webp --start 2 --end 5 --width 640 --fps 15`.

Installed as a package (`pip install .`) it is also the command zoetrope-animate.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from animator.confine.sandbox import Sandbox, ignore_tick
from animator.core.choice import Choice
from animator.core.errors import EngineError, InvalidSpec, InvalidTimeOffset, sentence_of
from animator.core.languages import speak
from animator.core.languages import translated as _
from animator.core.options import add_options, asked, unheard
from animator.core.order import AnimationSpec, Order
from animator.core.result import Result
from animator.core.siblings import sibling_paths

COMMAND = "zoetrope-animate"
ENGINE_FAILED, USAGE_FAILED = 1, 2
BAR_SECONDS = 0.1  # between two looks of the progress bar


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 the engine refused or failed, 2 the command makes no sense."""
    if "--json" not in (sys.argv if arguments is None else arguments):  # which programs read
        speak(os.environ)
    options = _parser().parse_args(arguments)
    try:
        order = _order(options)
    except (InvalidSpec, InvalidTimeOffset) as error:
        return _fail(str(error), USAGE_FAILED)
    if not options.input.is_file():
        return _fail(f"There is no file {options.input}.", USAGE_FAILED)
    if options.poster is not None and not options.poster.absolute().parent.is_dir():
        return _fail(f"There is no directory {options.poster.parent} to write to.", USAGE_FAILED)
    if not options.output.absolute().parent.is_dir():
        return _fail(f"There is no directory {options.output.parent} to write to.", USAGE_FAILED)
    try:
        print(_estimated(options, order) if options.estimate else _made(options, order))
    except (EngineError, OSError) as error:
        sentence = sentence_of(error) if isinstance(error, OSError) else str(error)
        return _fail(sentence, ENGINE_FAILED, code=getattr(error, "code", ""))
    return 0


def _made(options: argparse.Namespace, order: Order) -> str:
    result = _animate(options, order)
    if options.json:
        return json.dumps(result.as_dict())
    return _summary(options.output, result) if options.html is None else _html(options, result)


def _html(options: argparse.Namespace, result: Result) -> str:
    """With the files' names as addresses."""
    from animator.core.snippet import Shown, picture, video

    files = [Shown(result.container, options.output.name, result.width, result.height, result.size)]
    for one in result.siblings:
        path = sibling_paths(options.output, one.kind)[one.kind]
        files.append(Shown(one.kind, path.name, one.width, one.height, one.size))
    return video(files, alt=options.html) or picture(files, alt=options.html)


def _estimated(options: argparse.Namespace, order: Order) -> str:
    sandbox = Sandbox(nice=0, forked=True)
    try:
        found = sandbox.estimate(options.input, order)
    finally:
        sandbox.close()
    if options.json:
        return json.dumps(found.as_dict())
    told = _(
        "{output}: {width}x{height}, about {bytes} bytes ({low} to {high}), {seconds} s of work, {memory} MiB of memory"
    )
    line = told.format(
        output=options.output,
        width=found.width,
        height=found.height,
        bytes=f"{found.bytes:,}",
        low=f"{found.low:,}",
        high=f"{found.high:,}",
        seconds=f"{found.seconds:.1f}",
        memory=f"{found.memory / 1024**2:.0f}",
    )
    beside = [
        _("{output}: about {size} bytes").format(output=sibling_paths(options.output, kind)[kind], size=f"{size:,}")
        for kind, size in found.beside.items()
    ]
    return "\n".join([line, *beside])


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
    for form in (AnimationSpec, Order, Choice):
        for _name, sentence in unheard(form, vars(options)):
            raise InvalidSpec(sentence)
    options.format = options.format or options.output.suffix.lower().removeprefix(".")
    return Order(
        spec=AnimationSpec(**asked(AnimationSpec, options)),
        choice=Choice(**asked(Choice, options)),
        **asked(Order, options),
    )


def _program() -> str:
    """As it was called: zoetrope-animate where the package is installed."""
    name = Path(sys.argv[0]).name
    return name if name == COMMAND else "python -m animator"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(_program(), description=_("Make a GIF or WebP of a piece of a video."))
    parser.add_argument("input", type=Path, metavar="INPUT", help=_("the video file"))
    parser.add_argument("output", type=Path, metavar="OUTPUT", help=_("the picture to write, .gif or .webp"))
    add_options(parser, AnimationSpec)
    add_options(parser, Order)
    add_options(parser, Choice)
    parser.add_argument("--poster", type=Path, metavar="FILE", help=_("also write a still, .jpg or .webp"))
    parser.add_argument("--html", metavar="ALT", help=_("print HTML that shows the files, with this alternative text"))
    parser.add_argument("--estimate", action="store_true", help=_("only tell how large it will be; nothing is written"))
    parser.add_argument("--json", action="store_true", help=_("print the whole record as JSON"))
    return parser


def _summary(output: Path, result: Result) -> str:
    line = _("{output}: {width}x{height}, {frames} frames, {duration} s, {size} bytes").format(
        output=output,
        width=result.width,
        height=result.height,
        frames=result.frames,
        duration=f"{result.duration:.3f}",
        size=f"{result.size:,}",
    )
    beside = [
        _("{output}: {size} bytes").format(output=sibling_paths(output, one.kind)[one.kind], size=f"{one.size:,}")
        for one in result.siblings
    ]
    return "\n".join([line, *_judgement(result), *_seam(result), *beside, *map(_told, result.notes)])


def _judgement(result: Result) -> list[str]:
    if result.score is None:
        return []
    return [_("SSIM-Y {mean:.4f}, at worst {worst:.4f} ({worst_at:.2f} s in)").format(**result.score)]


def _seam(result: Result) -> list[str]:
    if result.seam is None:
        return []
    told = _("seam {before:.1%} → {after:.1%} of the luma's range, start {start:+g} s, end {end:+g} s")
    return [told.format(**result.seam.as_dict())]


def _fail(message: str, status: int, *, code: str = "") -> int:
    print(f"animator: {_told(message)}{f' ({code})' if code else ''}", file=sys.stderr)
    return status


def _told(sentence: str) -> str:
    """One of the engine's own, in the reader's language."""
    from animator.core.known import SENTENCES
    from animator.core.sentences import Sentences
    from animator.core.words import WORDS

    return Sentences([*SENTENCES, *WORDS]).told(sentence, _)


if __name__ == "__main__":
    sys.exit(main())
