"""The distances by name."""

from compare.errors import ActivityTypeError, InvalidOptionError
from compare.measures.distances.correlation import Correlation
from compare.measures.distances.crossnobis import Crossnobis
from compare.measures.distances.distance import Distance
from compare.measures.distances.euclidean import Euclidean
from compare.measures.distances.mahalanobis import Mahalanobis
from compare.measures.distances.poisson import Poisson
from compare.measures.distances.poisson_cv import PoissonCV
from isocortex.errors import nearest

__all__ = ["DISTANCES", "as_distance"]

DISTANCES: dict[str, Distance] = {
    distance.name: distance
    for distance in (Correlation(), Euclidean(), Mahalanobis(), Crossnobis(), Poisson(), PoissonCV())
}
"""The distances by name, each with its default options."""


def as_distance(distance: str | Distance, name: str = "distance") -> Distance:
    """Give the distance of that name, or the object itself.

    Raises
    ------
    InvalidOptionError
        If there is no distance of that name.
    ActivityTypeError
        If it is neither a name nor a distance.

    Examples
    --------
    >>> as_distance("euclidean")
    Euclidean()
    """
    if isinstance(distance, Distance):
        return distance
    if not isinstance(distance, str):
        raise ActivityTypeError(
            f"{name}: must be a name or an object such as Crossnobis(), got {type(distance).__name__}"
        )
    if distance not in DISTANCES:
        raise InvalidOptionError(f"{name}: there is no {distance!r}; {nearest(distance, DISTANCES)}")
    return DISTANCES[distance]
