"""`python -m tests.fonts FILE`: cuts the font of the pictures out of Noto Sans SC, with the letters that they need.

A whole Chinese font has eight megabytes, of which pictures need a few hundred letters. A new sentence on a picture may
need more: a test names them. Noto Sans SC is free (SIL Open Font License); a package of the index that holds it is
`pylopdf-fonts-zh-cn`.
"""

import sys
from pathlib import Path

from fontTools import subset

from bot.languages import LANGUAGES, catalogue
from bot.pictures.style import FONT

ON_PICTURES = ("picture.", "suggest.style.", "duration.", "pnl.span.")
"""How the names of the sentences begin that stand on pictures, whole or in part."""
_SIGNS = "−·×–—…°€±≥≤→▲▼●■□，。：；（）、！？「」％"


def letters() -> frozenset[str]:
    """Every letter that may stand on a picture."""
    said = (said for lang in LANGUAGES for key, said in catalogue(lang).items() if key.startswith(ON_PICTURES))
    return frozenset(map(chr, range(0x20, 0x7F))) | frozenset(_SIGNS) | frozenset("".join(said))


def main(source: Path) -> None:
    """Write it beside what draws."""
    options = subset.Options(layout_features=["kern"], name_IDs=["*"], notdef_outline=True)
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(one) for one in letters()])
    cutter.subset(font)
    subset.save_font(font, str(FONT), options)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
