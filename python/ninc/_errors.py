"""What can go wrong, as exceptions. Messages are the compiler's own words, places and hints included."""


class NincError(Exception):
    """The base of all errors of this package."""


class CompileError(NincError):
    """A model that can't be read or compiled; the message has the compiler's whole diagnostics."""


class UsageError(NincError, ValueError):
    """Options that there aren't or that don't go together."""


class RunError(NincError):
    """A library that can't be loaded or run."""


class VerificationError(NincError):
    """A compiled model that differs from its reference (`Verification.check`)."""


class InternalError(NincError):
    """A defect of ninc: worth a report, with the message and `ninc.version()`."""
