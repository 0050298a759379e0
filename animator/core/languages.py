"""In which language the command line speaks: the one that the environment asks for, if there is a catalogue of it.

Texts are marked where they stand and looked up when they are printed. Nothing else of the engine asks: what it raises,
returns and writes down is English, and so is what the command prints for programs.
"""

import gettext
from collections.abc import Mapping, MutableMapping
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "locale"
DOMAIN = "django"  # as the console's catalogues are called, which one program makes
# What a locale's name begins with → the folder of the catalogue. Traditional Chinese is another script.
CATALOGUES = {
    **dict.fromkeys(("zh_tw", "zh_hk", "zh_mo", "zh_hant"), ""),
    "zh": "zh_Hans",
    "ko": "ko",
}


def mark(text: str) -> str:
    """For the catalogue; `text` itself."""
    return text


def language(environment: Mapping[str, str]) -> str:
    """A folder's name, "" for English: of LANGUAGE, LC_ALL, LC_MESSAGES and LANG the first that names one we have.

    As GNU's programs do it: LANGUAGE is a list, and counts for nothing where the locale is C.
    """
    locale = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "C")
    if locale.partition(".")[0] in ("C", "POSIX"):
        return ""
    for wanted in (*environment.get("LANGUAGE", "").split(":"), locale):
        plain = wanted.replace("-", "_").lower()
        if plain.startswith("en"):
            return ""
        found = next((folder for start, folder in CATALOGUES.items() if plain.startswith(start)), "")
        if found:
            return found
    return ""


def translated(text: str) -> str:
    """In the language of `speak`. English texts aren't looked for, which takes longer than all else that is printed."""
    return gettext.gettext(text) if gettext.textdomain() == DOMAIN else text


def speak(environment: MutableMapping[str, str]) -> None:
    """From now on `gettext.gettext`, which argparse asks, too, answers in the environment's language."""
    if wanted := language(environment):
        environment["LANGUAGE"] = wanted  # by the folder's name, which is what gettext looks for
        gettext.bindtextdomain(DOMAIN, FOLDER)
        gettext.textdomain(DOMAIN)
