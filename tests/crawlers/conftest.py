"""Loads the tiny portal beside this file."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / "replica.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def tiny() -> ModuleType:
    """The module tests/crawlers/replica.py."""
    return _module("sinkrate_test_replica")


@pytest.fixture
def replica(tiny: ModuleType) -> Iterator[object]:
    """A running replica."""
    with tiny.running() as running:
        yield running
