"""Pages that are made from the code are what the code says."""

import re

import counters_page
from conftest import ROOT


def test_counters_page_is_up_to_date():
    assert counters_page.PAGE.read_text() == counters_page.page(), "run /usr/bin/python3 scripts/lib/counters_page.py"


def test_every_link_between_pages_leads_somewhere():
    pages = [ROOT / "README.md", ROOT / "perf" / "results.md", *(ROOT / "docs").glob("*.md")]
    broken = [f"{page.name}: {link}" for page in pages
              for link in re.findall(r"\]\((?!https?://)([^)#\s]+)", page.read_text()) if not (page.parent / link).exists()]
    assert broken == []
