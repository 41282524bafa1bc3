"""The recordings, replayed once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.recorded.convert import RECORDED, flights
from tests.recorded.flow import Outcome, replayed


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    """What each recording became, by its name."""
    if not RECORDED.is_dir():
        pytest.skip("there are no recordings beside the repository (../shared/recorded)")
    folder = tmp_path_factory.mktemp("recorded")
    return {flight.name: replayed(flight, folder / str(n)) for n, flight in enumerate(flights())}
