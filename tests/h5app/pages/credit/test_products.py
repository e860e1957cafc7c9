"""Every page shows what the bank answered, in both languages, to its own customer only."""

import pytest

from tests.support.houses.site import Site
from tests.support.pages.scripts import BANKING_PAGES, CREDIT_PAGES, everything


@pytest.mark.anyio
@pytest.mark.parametrize("path", [*BANKING_PAGES, *CREDIT_PAGES])
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_page_stands(pages: Site, path: str, lang: str) -> None:
    everything(pages.core)
    visitor = await pages.client(lang=lang)
    page = await visitor.get(path)
    assert page.status_code == 200, page.text
    assert page.text.count("<h1") == 1
    assert page.headers["cache-control"] == "no-store"
