"""Report: the scorecard of one place as a paper that an official signs, a page, or a workbook.

    atlas -> model.py (numbers) -> content.py (words) -> paper.py (PDF), page.py (HTML)
                    |                    |
                 book.py (xlsx)      picture.py (the map, SVG)

Same snapshot, same place, same language: the same bytes, on any machine, in any time zone.
"""
