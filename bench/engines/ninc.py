"""ninc: a shared library for this network, batch and CPU, called through its descriptor."""

import subprocess

DISTRIBUTIONS = ()
SETTINGS = "a library for the target, with the batch compiled in; one team of threads"


def convert(source, folder):
    path = folder / "model.so"
    subprocess.run([source.ninc, source.write_for_ninc(folder), "-o", path, "--no-db", "--batch", str(source.batch),
                    "--target", source.target], check=True)
    path.with_suffix(".h").unlink()
    return path


class Engine:
    def __init__(self, path, image, threads):
        from ninc_library import Library
        self._library = Library(path, threads)
        self._library.bind(image)
        self.run = self._library.run
        self.close = self._library.close

    def output(self):
        return self._library.outputs[0]
