"""The parts of the page, one a module: what each asks, its answer in words, and its tables."""

__all__: list[str] = []
