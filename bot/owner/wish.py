"""What the owner wishes of a grid, as far as it was said: values of the fields of a spec. Decides nothing."""

from collections.abc import Mapping
from decimal import Decimal

from strategy.model.past import Measure
from strategy.model.spec import Shift, Spacing

Wished = Decimal | int | bool | str | tuple[int, int] | Spacing | Shift | Measure | None
"""What a field of a grid's spec is wished to be; None is without."""
Wish = Mapping[str, Wished]
"""The fields that were spoken of, by their names in the spec."""
BACK = "before"
"""In a wish: the version before this one, whole."""
