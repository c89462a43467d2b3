#!/usr/bin/env python3
"""Writes the JPEG files of this folder and, in expected.npz, what Pillow makes of them.

    make.py        (needs Pillow and jpegtran, Debian's libjpeg-turbo-progs; the tests need neither)

All show the same 20x12 picture: soft colours, unlike in all four corners, so that no turn leaves it as it was.
Files that differ by a marker alone aren't here: the tests make them of these.
"""

import io
import pathlib
import subprocess
import tempfile

import numpy as np
from PIL import Image, ImageOps

FOLDER = pathlib.Path(__file__).parent


def picture():
    y, x = np.mgrid[0:12, 0:20]
    return np.stack([250 - 9 * x, 20 + 18 * y, 40 + 6 * x + 5 * y], axis=-1).astype(np.uint8)


def main():
    colours = Image.fromarray(picture())
    save = dict(format="jpeg", quality=90, optimize=True)
    colours.save(FOLDER / "colours.jpg", subsampling="4:4:4", **save)
    colours.save(FOLDER / "subsampled.jpg", subsampling="4:2:0", **save)
    colours.save(FOLDER / "progressive.jpg", progressive=True, **save)
    colours.save(FOLDER / "rgb.jpg", keep_rgb=True, **save)
    colours.convert("L").save(FOLDER / "grey.jpg", **save)
    # With some black and the complement of what is left, as print has it.
    inks = np.concatenate([255 - picture(), picture()[..., 1:2] // 4], axis=-1)
    Image.fromarray(inks, "CMYK").save(FOLDER / "cmyk.jpg", **save)
    # Pillow writes no YCCK. The same numbers under Adobe's transform 2 are another picture, which Pillow reads.
    cmyk = (FOLDER / "cmyk.jpg").read_bytes()
    (FOLDER / "ycck.jpg").write_bytes(cmyk.replace(b"Adobe\0d\0\0\0\0\0", b"Adobe\0d\0\0\0\0\2"))
    with tempfile.NamedTemporaryFile("w") as scans:
        print("0; 1; 2;", file=scans, flush=True)
        for name, options in {"arithmetic": ["-arithmetic"], "separate": ["-scans", scans.name]}.items():
            made = subprocess.run(["jpegtran", *options, FOLDER / "colours.jpg"], check=True, capture_output=True)
            (FOLDER / f"{name}.jpg").write_bytes(made.stdout)

    expected = {}
    for path in sorted(FOLDER.glob("*.jpg")):
        expected[path.stem] = np.asarray(Image.open(path).convert("RGB")).astype(np.uint8)
    # Each orientation as Pillow's exif_transpose turns it.
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        turned = io.BytesIO()
        colours.save(turned, format="png", exif=exif)
        expected[f"turned{orientation}"] = np.asarray(ImageOps.exif_transpose(Image.open(turned)))
    np.savez_compressed(FOLDER / "expected.npz", **expected)


if __name__ == "__main__":
    main()
