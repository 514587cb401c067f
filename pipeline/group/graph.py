"""Connected components and what connects them."""

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from pipeline.group.likeness import join
from pipeline.group.shingles import Floats, Ints, Mask
from pipeline.kernels import kernel


def components(size: int, left: Ints, right: Ints) -> Ints:
    """Component number of each of `size` nodes."""
    graph = sparse.coo_array((np.ones(len(left), np.int8), (left, right)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def first_of(groups: Ints) -> Ints:
    """Group number per row → first row of its group; -1 stays."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return np.where(groups >= 0, first[inverse], -1)


def spanning(size: int, left: Ints, right: Ints, score: Floats) -> Mask:
    """Mask of the pairs that suffice to connect the components, strongest first: the ledger's rows."""
    return np.asarray(_spanning(size, left, right, np.lexsort((right, left, -score))), np.bool_)


@kernel
def _spanning(size, left, right, order):  # type: ignore[no-untyped-def]
    parent, keep = np.arange(size), np.zeros(len(left), np.bool_)
    for place in order:
        keep[place] = join(parent, left[place], right[place])
    return keep
