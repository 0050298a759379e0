"""Words of the engine that stand within its sentences, for the catalogues: no program can tell them from others."""

from animator.core.languages import mark as _

WORDS = (
    # what a piece of a video is chosen for, and what speaks against it
    _("it moves"),
    _("sharp"),
    _("well lit"),
    _("its end is like its beginning"),
    _("no cut in it"),
    _("there is nothing more"),
    _("nothing is better, though: {wrong}"),
    _("black"),
    _("a title or a plain picture"),
    _("words over the picture"),
    _("a cut"),
    _("a fade"),
    _("a still"),
    # what gave way
    _("quality {asked} → {used}"),
    _("frames a second {asked} → {used}"),
    _("long edge {asked} → {used}"),
    # what a file is that is no video
    _("a still picture ({kind}): nothing in it moves"),
    _("a playlist ({kind}), which only names other files: send the video itself"),
    _("sound alone (RealAudio)"),
    _("a PDF document"),
    _("a ZIP archive"),
    _("a RAR archive"),
    _("a 7-Zip archive"),
    _("{what} without a container around it: put it into MP4 or MKV, which takes no new coding"),
    _("{what}, which isn't taken: convert it to MP4 or WebM"),
    _("raw pictures (y4m)"),
    _("an MPEG-4 video stream"),
    _("an animated WebP"),
    _("an {codec} stream"),
    _("an unknown codec"),
    # what is out of range
    _("quality"),
    _("frame rate"),
    _("edge"),
    _("width"),
    _("height"),
    _("effort"),
    _("largest size"),
    _("start"),
    _("end"),
    _("poster"),
    # what takes memory
    _("To go there and back"),
    _("To play in reverse"),
    _("A crossfade"),
    # how a child ended
    _("by signal {name}"),
    _("with exit status {status}"),
    # what the system says of files
    _("No space left on device"),
    _("No such file or directory"),
    _("Permission denied"),
    _("Is a directory"),
)
# What Python's argparse says, in its own words.
ARGPARSE = (
    _("usage: "),
    _("positional arguments"),
    _("options"),
    _("show this help message and exit"),
    _("%(prog)s: error: %(message)s\n"),
    _("argument %(argument_name)s: %(message)s"),
    _("the following arguments are required: %s"),
    _("unrecognized arguments: %s"),
    _("ambiguous option: %(option)s could match %(matches)s"),
    _("expected one argument"),
    _("ignored explicit argument %r"),
    _("invalid %(type)s value: %(value)r"),
    _("invalid choice: %(value)r (choose from %(choices)s)"),
)
