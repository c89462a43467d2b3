"""The packages that engines come in: which are installed, in what version."""

import importlib.metadata

import engines


def versions(engine):
    """{package: version, or None if it isn't installed}."""
    return {package: _version(package) for package in engines.module(engine).DISTRIBUTIONS}


def missing(engine):
    return [package for package, version in versions(engine).items() if version is None]


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
