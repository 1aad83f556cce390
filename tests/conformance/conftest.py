"""What is collected where a peer is missing."""

from importlib.util import find_spec

# Written in autograd's NumPy, and looked through for doctests otherwise.
collect_ignore = [] if find_spec("autograd") else ["autograd_formulas.py"]
