"""What the rooms below say to people, as patterns for the catalogues; each module is written from a room's sources by
`python -m tests.sentences`. Words that stand within those sentences are here, as no program can tell them from others.
"""

from django.utils.translation import gettext_noop as _

from animator.core import known as engine
from animator.core.words import WORDS as ENGINE_WORDS
from console.words.known import applications, media_jobs, procedures, templates_app

WORDS = (
    # of roles, within a sentence
    _("viewer"),
    _("operator"),
    _("owner"),
    # of quotas
    _("bytes stored"),
    _("pictures in 24 hours"),
    _("jobs waiting"),
    # of templates
    _("rows"),
    _("columns"),
    _("seconds"),
    _("per cent"),
    # of the labels that a task keeps
    _("Cover at {moment} s"),
    _("Cover at {moment} %"),
    _("{task}, which this server doesn't make"),
    # presets of templates
    _("GIF source size 2 fps"),
    _("WebP source size 2 fps"),
    _("WebP 320 wide 10 fps"),
    _("WebP 360 high 10 fps"),
    _("WebP source size 10 fps"),
    _("WebP 540×960 10 fps"),
    _("Chat sticker, 500 KB"),
    _("E-mail, 1 MB"),
    _("README or issue, 10 MB"),
    _("Messenger, 1 MB"),
    _("Emoji 128 px, 64 KB"),
    _("Hover preview, 300 KB"),
    _("Banner, 150 KB"),
    _("TimepointScreenshot"),
    _("SampleScreenshot"),
    _("SpriteScreenshot"),
    # of outgoing requests
    _("the name wasn't resolved in time"),
)
SENTENCES = (
    *WORDS,
    *ENGINE_WORDS,
    *engine.SENTENCES,
    *applications.SENTENCES,
    *media_jobs.SENTENCES,
    *procedures.SENTENCES,
    *templates_app.SENTENCES,
)
