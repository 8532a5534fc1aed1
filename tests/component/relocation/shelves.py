"""What the regions keep of the customer of a test."""

from __future__ import annotations

from dataclasses import dataclass

from tests.component.regions.region import RunningRegion
from tests.component.relocation.moves import Rows, kept, minus


@dataclass(frozen=True)
class Shelves:
    """What the two regions keep of customers, apart from what they kept before the one of this test came."""

    regions: dict[str, RunningRegion]
    others: dict[str, Rows]
    regional_article: str

    def of(self, region: str) -> Rows:
        """The rows in a region that travel: a link to an article that only na has does not."""
        rows = minus(kept(self.regions[region]), self.others[region])
        links = rows.pop("case_articles", [])
        links = [row for row in links if row["article_id"] != self.regional_article]
        return rows | ({"case_articles": links} if links else {})

    def both(self) -> tuple[Rows, Rows]:
        """In na and in emea."""
        return self.of("na"), self.of("emea")
