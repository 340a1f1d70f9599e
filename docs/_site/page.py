"""What every page gets after it is written: formulas as MathML, which needs no script, and pictures in a second width for telephones."""

import html
import re
from pathlib import Path

from latex2mathml.converter import convert

INLINE = re.compile(r":math:<code>(.*?)</code>", re.DOTALL)
ROLE = re.compile(r":(?:func|class|meth|mod|attr):(?=<code>)")
DISPLAYED = re.compile(r"<p>\.\. math:: (.*?)</p>", re.DOTALL)
PICTURE = re.compile(r'<img alt="([^"]*)" src="([^"]*pictures/[^"]*)\.svg" ?/?>')
NARROW = "(max-width: 44.9em)"


def on_page_content(content, page, config, files):
    """Return the page's text with its formulas and pictures as a reader sees them."""
    content = DISPLAYED.sub(lambda found: f"<p>{formula(found[1], 'block')}</p>", content)
    content = ROLE.sub("", INLINE.sub(lambda found: formula(found[1], "inline"), content))
    return PICTURE.sub(
        lambda found: (
            f'<picture><source media="{NARROW}" srcset="{found[2]}_narrow.svg">'
            f'<img alt="{found[1]}" src="{found[2]}.svg"></picture>'
        ),
        content,
    )


def formula(latex, display):
    """Return a formula of a docstring as MathML."""
    latex = re.sub(r"(?<!\\)1\{(y[^{}]*)\}", r"1\\{\1\\}", latex)  # Markdown takes the strokes before braces
    return convert(
        html.unescape(latex).replace(r"\Big/", "/").replace(r"\tfrac12", r"\frac{1}{2}"), display=display
    )


def on_post_build(config):
    """Refuse a site that shows a formula as it is typed."""
    for page in Path(config["site_dir"]).rglob("*.html"):
        if re.search(r":math:|\.\. math::", page.read_text(encoding="utf-8")):
            raise RuntimeError(f"{page.name} shows a formula as it is typed")
