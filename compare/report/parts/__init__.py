"""The page's tables, one module a part of the page."""
