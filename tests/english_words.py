"""English words in what should be Spanish: the pages of a report, with code and names of files left out."""

import html
import re

_ENGLISH = """
the of and with by is are was were not from for at than this that which their its each every
without between before after within only weights group groups unit units household households
treated controls share shares effect effects matched interval estimate draws outcome covariates
wave waves persons weighted left out none adjusted unadjusted cohort trend bounds difference if
when where who whose it they has have been be may cannot can one two all any once more most
least under over above below same other others
"""
_WORDS = frozenset(_ENGLISH.split())
_CODE = re.compile(r"\w*[_.]\w+|\w+\(.*?\)(?=$|[\s,;])|\w+ = |'[^']*'|\w+='[^']*'|[A-Z]\w+\(.*")


def english_in(page: str) -> list[str]:
    """Return the parts of an HTML page in which English words stand, with the words."""
    page = re.sub(r"(?s)<(script|style|code|pre).*?</\1>", " ", page)
    page = re.sub(r"</(td|th|p|li|h\d|figcaption|caption|option|summary|text|desc|title|div)>", "\0", page)
    found = []
    for part in html.unescape(re.sub(r"<[^>]+>", " ", page)).split("\0"):
        words = set(re.findall(r"[a-záéíóúñ]+", _CODE.sub(" ", part).lower())) & _WORDS
        if words:
            found.append(f"{sorted(words)}: {' '.join(part.split())[:200]}")
    return found
