#!/usr/bin/env python3
"""Pictures as `ninc run` reads them: the right numbers, or a refusal in words.

    pictures_test.py NINC        (run by ctest)

PNG files are made here, byte by byte; JPEG files are those of tests/pictures, whose right numbers are Pillow's.
"""

import pathlib
import struct
import sys
import unittest
import zlib

import numpy as np

from command import CommandTest, take_command

PICTURES = pathlib.Path(__file__).resolve().parents[1] / "pictures"
EXPECTED = np.load(PICTURES / "expected.npz")

# How the picture that people see comes from the stored one (CIPA DC-008, 4.6.5.1.6).
TURNED = {1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
          5: lambda a: a.transpose(1, 0, 2), 6: lambda a: np.rot90(a, -1), 7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
          8: lambda a: np.rot90(a, 1)}


def jpeg(name):
    return (PICTURES / f"{name}.jpg").read_bytes()


def segment(marker, data):
    return bytes([0xff, marker]) + struct.pack(">H", len(data) + 2) + data


def with_segment(file, marker, data):
    return file[:2] + segment(marker, data) + file[2:]


def without_adobe(file):
    at = file.index(b"\xff\xee\x00\x0eAdobe")
    return file[:at] + file[at + 16:]


def tiff(orientation, order=">", kind=3, thumbnail=None):
    """An EXIF block: a directory with a maker, the orientation and, if wanted, a thumbnail's directory."""
    def directory(number, following):
        value = struct.pack(order + ("H2x" if kind == 3 else "I"), number)
        return (struct.pack(order + "HHHI4s", 2, 0x010f, 2, 4, b"ab\0\0") +
                struct.pack(order + "HHI", 0x0112, kind, 1) + value + struct.pack(order + "I", following))

    first = directory(orientation, 38 if thumbnail else 0)
    head = (b"MM" if order == ">" else b"II") + struct.pack(order + "HI", 42, 8)
    return head + first + (directory(thumbnail, 0) if thumbnail else b"")


def xmp(orientation):
    return (b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="%d"/></x:xmpmeta>' % orientation)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def packed_rows(samples, depth):
    """Rows [height, width * channels] as PNG stores them, without filters."""
    rows = []
    for row in samples:
        if depth == 16:
            data = row.astype(">u2").tobytes()
        else:
            bits = (row[:, None].astype(np.uint8) >> np.arange(depth - 1, -1, -1)) & 1
            data = np.packbits(bits.reshape(-1)).tobytes()
        rows.append(b"\0" + data)
    return b"".join(rows)


ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def png(samples, colour_type, depth=8, before=(), behind=(), interlaced=False, data=None):
    """`samples` is [height, width, channels]; `before` and `behind` the image data stand (name, data) chunks."""
    samples = np.asarray(samples)
    height, width = samples.shape[:2]
    if interlaced:
        passes = [samples[y::dy, x::dx] for y, x, dy, dx in ADAM7]
        raw = b"".join(packed_rows(p.reshape(p.shape[0], -1), depth) for p in passes if p.size)
    else:
        raw = packed_rows(samples.reshape(height, -1), depth)
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunk(*c) for c in before) +
            chunk(b"IDAT", zlib.compress(raw) if data is None else data) + b"".join(chunk(*c) for c in behind) +
            chunk(b"IEND", b""))


def raw_profile(exif):
    """EXIF as older ImageMagick writes it, in a compressed text."""
    block = b"Exif\0\0" + exif
    text = b"\nexif\n%8d\n" % len(block) + block.hex().encode() + b"\n"
    return b"Raw profile type exif\0\0" + zlib.compress(text)


COLOURS = np.random.default_rng(1).integers(0, 256, (5, 7, 3))
GREY = COLOURS[..., :1]


class PictureTest(CommandTest):
    def run_on(self, file, shape, name, expect, *options):
        """Runs a model that gives back its input, [channels, height, width], on a file of these bytes."""
        (self.folder / name).write_bytes(file)
        (self.folder / "same.nin").write_text(f"model same\nimage = input f32{list(shape)}\n"
                                              "pixels = leaky_relu image 1\noutput pixels\n")
        return self.ninc("run", "same.nin", "--reference", "--input", f"image={name}", "--output",
                         "pixels=pixels.npy", *options, expect=expect)

    def read(self, file, size, channels=3, name="picture.png", options=()):
        """What the picture is read as, [height, width, channels], by a model whose input has this size."""
        self.run_on(file, (channels, *size), name, 0, *options)
        return np.load(self.folder / "pixels.npy").transpose(1, 2, 0)

    def refusal(self, file, size=(5, 7), channels=3, name="picture.png", expect=1):
        said = self.run_on(file, (channels, *size), name, expect).stderr
        self.assertIn(name, said)
        return said

    def assert_read(self, file, expected, tolerance=0.0, **options):
        expected = np.asarray(expected)
        got = self.read(file, expected.shape[:2], expected.shape[2], **options)
        np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance)


class Turning(PictureTest):
    def test_the_table_here_is_pillows(self):
        for orientation, turned in TURNED.items():
            np.testing.assert_array_equal(turned(EXPECTED["turned1"]), EXPECTED[f"turned{orientation}"])

    def test_a_jpeg_is_turned_as_its_exif_says(self):
        for orientation, turned in TURNED.items():
            for order in "<>":
                with self.subTest(orientation=orientation, order=order):
                    file = with_segment(jpeg("colours"), 0xe1, b"Exif\0\0" + tiff(orientation, order))
                    self.assert_read(file, turned(EXPECTED["colours"]), 1, name="picture.jpg")

    def test_a_png_is_turned_as_its_exif_says(self):
        for orientation, turned in TURNED.items():
            for order in "<>":
                with self.subTest(orientation=orientation, order=order):
                    file = png(COLOURS, 2, before=[(b"eXIf", tiff(orientation, order))])
                    self.assert_read(file, turned(COLOURS))

    def test_other_places_of_the_same_words_count_too(self):
        turned = TURNED[6](COLOURS)
        itxt = b"XML:com.adobe.xmp\0\0\0\0\0"
        for file in [
                png(COLOURS, 2, behind=[(b"eXIf", tiff(6))]),  # behind the picture
                png(COLOURS, 2, before=[(b"zTXt", raw_profile(tiff(6)))]),
                png(COLOURS, 2, before=[(b"iTXt", itxt + xmp(6))]),
                png(COLOURS, 2, before=[(b"eXIf", tiff(6, kind=4))]),  # a LONG where SHORT is due
                png(COLOURS, 2, interlaced=True, before=[(b"eXIf", tiff(6))]),
                png(COLOURS, 2, before=[(b"eXIf", tiff(6)), (b"iTXt", itxt + xmp(3))]),  # EXIF goes first
        ]:
            self.assert_read(file, turned)
        file = with_segment(jpeg("colours"), 0xe1, b"http://ns.adobe.com/xap/1.0/\0" + xmp(8))
        self.assert_read(file, TURNED[8](EXPECTED["colours"]), 1)
        # The camera's EXIF behind other blocks of the same marker.
        file = with_segment(with_segment(jpeg("colours"), 0xe1, b"Exif\0\0" + tiff(8)), 0xe1, b"something else")
        self.assert_read(file, TURNED[8](EXPECTED["colours"]), 1)

    def test_grey_deep_and_four_ink_pictures_turn_too(self):
        self.assert_read(png(GREY, 0, before=[(b"eXIf", tiff(5))]), TURNED[5](GREY))
        self.assert_read(png(GREY * 257, 0, 16, before=[(b"eXIf", tiff(7))]), TURNED[7](GREY))
        for name in ("grey", "cmyk", "progressive"):
            file = with_segment(jpeg(name), 0xe1, b"Exif\0\0" + tiff(6))
            self.assert_read(file, TURNED[6](EXPECTED[name]), 1)

    def test_turning_comes_before_resizing(self):
        file = png(np.repeat(COLOURS, 2, axis=1), 2, before=[(b"eXIf", tiff(6))])
        upright = png(TURNED[6](np.repeat(COLOURS, 2, axis=1)), 2)
        np.testing.assert_array_equal(self.read(file, (6, 4)), self.read(upright, (6, 4)))

    def test_what_says_nothing_of_it_turns_nothing(self):
        for block in [tiff(0), tiff(9), tiff(1, thumbnail=6), tiff(6)[:20], b"II*\0\xff\xff\xff\x7f", b"", b"MM",
                      tiff(6, kind=2), b"Exif\0\0" + bytes(40)]:
            with self.subTest(block=block):
                self.assert_read(with_segment(jpeg("colours"), 0xe1, b"Exif\0\0" + block), EXPECTED["colours"], 1)
        for block in [tiff(0), tiff(1, thumbnail=6), tiff(6)[:20], b"II*\0\xff\xff\xff\x7f", b"MMxx"]:
            with self.subTest(block=block):
                self.assert_read(png(COLOURS, 2, before=[(b"eXIf", block)]), COLOURS)


class Jpeg(PictureTest):
    def test_every_kind_is_read_as_pillow_does(self):
        for name in sorted(path.stem for path in PICTURES.glob("*.jpg")):
            with self.subTest(name=name):
                self.assert_read(jpeg(name), EXPECTED[name], 1, name="picture.jpg")

    def test_four_inks_without_adobes_marker_are_refused(self):
        said = self.refusal(without_adobe(jpeg("cmyk")), name="picture.jpg")
        self.assertIn("CMYK", said)
        self.assertIn("convert it to RGB", said)

    def test_names_of_components_tell_colours_from_luminance(self):
        # Without any marker 'R', 'G', 'B' are colours and 1, 2, 3 aren't.
        self.assert_read(without_adobe(jpeg("rgb")), EXPECTED["rgb"], 1)

    def test_what_cannot_be_read_is_refused_by_its_kind(self):
        frame = jpeg("colours").index(b"\xff\xc0")
        for marker in (0xc5, 0xc7):  # hierarchical; which libjpeg has none of
            file = bytearray(jpeg("colours"))
            file[frame + 1] = marker
            said = self.refusal(file, name="picture.jpg")
            self.assertIn(f"SOF type {marker:#x}", said)
            self.assertIn("convert it to PNG", said)
        lossless = bytearray(jpeg("colours"))  # in name: libjpeg-turbo 3 reads those that are
        lossless[frame + 1] = 0xc3
        self.assertRegex(self.refusal(lossless, name="picture.jpg"), "convert it to PNG|damaged")
        deep = bytearray(jpeg("colours"))
        deep[frame + 1], deep[frame + 4] = 0xc1, 12
        self.assertRegex(self.refusal(deep, name="picture.jpg"), "12.*convert it to PNG")

    def test_a_file_that_is_cut_off_is_refused(self):
        for name in ("colours", "progressive", "arithmetic"):
            for cut in (1, 2, 5, 40, 150):
                with self.subTest(name=name, cut=cut):
                    self.assertIn("damaged", self.refusal(jpeg(name)[:-cut], name="picture.jpg"))

    def test_a_file_that_was_cut_off_and_closed_again_is_refused(self):
        for name, least in (("progressive", 5), ("separate", 3)):
            scans = [i for i in range(len(jpeg(name))) if jpeg(name)[i:i + 2] == b"\xff\xda"]
            self.assertGreaterEqual(len(scans), least)
            for scan in scans[1:]:
                with self.subTest(name=name, scan=scan):
                    file = jpeg(name)[:scan] + b"\xff\xd9"
                    self.assertIn("damaged", self.refusal(file, name="picture.jpg"))
        half = jpeg("colours")[:-60] + b"\xff\xd9"
        self.assertIn("damaged", self.refusal(half, name="picture.jpg"))

    def test_what_stands_behind_the_picture_is_not_looked_at(self):
        self.assert_read(jpeg("colours") + b"a film of the same moment", EXPECTED["colours"], 1)


class Png(PictureTest):
    def test_every_colour_type_and_depth_is_read(self):
        rng = np.random.default_rng(2)
        for interlaced in (False, True):
            for depth in (1, 2, 4, 8, 16):
                white = 2**depth - 1
                grey = rng.integers(0, white + 1, (9, 11, 1))
                grey[0, 0] = white
                with self.subTest(depth=depth, interlaced=interlaced, form="grey"):
                    self.assert_read(png(grey, 0, depth, interlaced=interlaced), grey * (255 / white), 1e-4)
                    self.assert_read(png(grey, 0, depth, interlaced=interlaced),
                                     np.repeat(grey * (255 / white), 3, axis=2), 1e-4)
                if depth < 16:
                    palette = rng.integers(0, 256, (2**depth, 3))
                    with self.subTest(depth=depth, interlaced=interlaced, form="palette"):
                        self.assert_read(png(grey, 3, depth, interlaced=interlaced,
                                             before=[(b"PLTE", palette.astype(np.uint8).tobytes()),
                                                     (b"tRNS", bytes([0, 128]))]), palette[grey[..., 0]])
                if depth >= 8:
                    colours = rng.integers(0, white + 1, (9, 11, 3))
                    with self.subTest(depth=depth, interlaced=interlaced, form="colours"):
                        self.assert_read(png(colours, 2, depth, interlaced=interlaced), colours * (255 / white), 1e-4)
                        alpha = rng.integers(0, white + 1, (9, 11, 1))
                        self.assert_read(png(np.concatenate([colours, alpha], 2), 6, depth, interlaced=interlaced),
                                         colours * (255 / white), 1e-4)
                        self.assert_read(png(np.concatenate([grey, alpha], 2), 4, depth, interlaced=interlaced),
                                         np.repeat(grey * (255 / white), 3, axis=2), 1e-4)

    def test_sixteen_bits_keep_their_fractions(self):
        ramp = np.linspace(0, 65535, 35).astype(int).reshape(5, 7, 1)
        self.assert_read(png(ramp, 0, 16), ramp / 257, 2e-5)
        got = self.read(png(ramp, 0, 16), (5, 7), 1, options=("--mean", "127.5", "--scale", "0.0078431372549"))
        np.testing.assert_allclose(got, ramp / 32767.5 - 1, atol=1e-6)

    def test_fewer_bits_in_sixteen_are_refused(self):
        for bits in (9, 10, 12, 14):
            for colour_type, channels in ((0, 1), (2, 3), (4, 2)):
                with self.subTest(bits=bits, colour_type=colour_type):
                    samples = np.linspace(0, 2**bits - 1, 35 * channels).astype(int).reshape(5, 7, channels)
                    if colour_type == 4:
                        samples[..., 1] = 65535
                    said = self.refusal(png(samples, colour_type, 16))
                    self.assertIn("as if they were fewer bits", said)
        unspread = np.linspace(0, 4095, 35).astype(int).reshape(5, 7, 1)
        self.assertIn("4095 of 65535", self.refusal(png(unspread, 0, 16, before=[(b"sBIT", bytes([12]))])))

    def test_fewer_bits_that_were_spread_over_sixteen_are_read(self):
        twelve = np.linspace(0, 4095, 35).astype(int).reshape(5, 7, 1)
        for spread in (twelve << 4, twelve << 4 | twelve >> 8):
            self.assert_read(png(spread, 0, 16, before=[(b"sBIT", bytes([12]))]), spread / 257, 2e-5)

    def test_dark_pictures_that_can_be_told_are_read(self):
        black = np.zeros((5, 7, 1), int)
        self.assert_read(png(black, 0, 16), black)
        dark = np.arange(35).reshape(5, 7, 1)
        self.assert_read(png(dark, 0, 8), dark)
        self.assert_read(png(dark * 257, 0, 16), dark)
        self.assert_read(png(dark * 100, 0, 16, before=[(b"sBIT", bytes([16]))]), dark * 100 / 257, 2e-5)

    def test_a_wrong_checksum_is_refused_wherever_it_stands(self):
        file = png(COLOURS, 2, before=[(b"gAMA", struct.pack(">I", 45455)), (b"tEXt", b"Title\0none"),
                                       (b"eXIf", tiff(1)), (b"prVt", b"of its own")], behind=[(b"tIME", bytes(7))])
        at, names = 8, []
        while at < len(file):
            size, name = struct.unpack(">I4s", file[at:at + 8])
            names.append(name)
            for place in (at + 8 + size, at + 8 + size // 2) if size else (at + 8,):
                wrong = bytearray(file)
                wrong[place] ^= 4
                with self.subTest(name=name, place=place):
                    self.assertIn("damaged", self.refusal(bytes(wrong)))
            at += 12 + size
        self.assertEqual(len(names), 8)

    def test_image_data_that_is_not_what_it_should_be_is_refused(self):
        raw = zlib.compress(packed_rows(COLOURS.reshape(5, -1), 8))
        for data in (raw[:-1] + bytes([raw[-1] ^ 1]), raw[:-4], raw[:40],
                     zlib.compress(packed_rows(COLOURS.reshape(5, -1)[:4], 8)), b"", zlib.compress(bytes([9]) * 110)):
            with self.subTest(data=data):
                self.assertIn("damaged", self.refusal(png(COLOURS, 2, data=data)))

    def test_a_file_that_is_cut_off_is_refused(self):
        file = png(COLOURS, 2)
        for size in (8, 20, 33, 60, len(file) - 12, len(file) - 1):
            with self.subTest(size=size):
                self.assertIn("damaged", self.refusal(file[:size]))

    def test_an_index_beyond_the_palette_is_refused(self):
        indices = np.arange(35).reshape(5, 7, 1)
        self.assertIn("damaged", self.refusal(png(indices, 3, before=[(b"PLTE", bytes(30))])))


class Names(PictureTest):
    def test_endings_may_be_written_in_any_case(self):
        for name in ("a.jpg", "a.Jpg", "a.JPEG", "a.Jpeg", "a.jfif", "a.JFIF", "a.jpe", "a.jif"):
            self.assert_read(jpeg("colours"), EXPECTED["colours"], 1, name=name)
        for name in ("a.png", "a.Png", "a.PNG"):
            self.assert_read(png(COLOURS, 2), COLOURS, name=name)
        np.save(self.folder / "x.npy", COLOURS.transpose(2, 0, 1).astype(np.float32))
        array = (self.folder / "x.npy").read_bytes()
        for name in ("a.npy", "a.Npy", "a.NPY"):
            self.assert_read(array, COLOURS, name=name)

    def test_a_file_is_what_its_bytes_are(self):
        self.assert_read(jpeg("colours"), EXPECTED["colours"], 1, name="a.png")
        for name in ("a.jpg", "a", "a.image", "a.npy", ".png"):
            self.assert_read(png(COLOURS, 2), COLOURS, name=name)

    def test_other_formats_are_refused_by_their_names(self):
        for start, name in {
                b"GIF89a": "GIF", b"BM\x46\0\0\0": "BMP", b"RIFF\x24\0\0\0WEBPVP8 ": "WebP", b"II*\0\x08\0\0\0": "TIFF",
                b"MM\0*\0\0\0\x08": "TIFF", b"\0\0\0\x18ftypheic\0\0\0\0": "HEIC", b"\0\0\0\x1cftypavif": "AVIF",
                b"\0\0\0\x18ftypmif1": "HEIC", b"\xff\x0a\xfa": "JPEG XL", b"\0\0\0\x0cjP  \r\n\x87\n": "JPEG 2000",
                b"P6\n2 2\n255\n": "Netpbm", b"8BPS\0\1": "Photoshop", b"%PDF-1.4": "PDF", b"<svg xmlns=": "SVG",
                b"\xff\xd8\xff\xf7\0\x0b": "JPEG-LS", bytes(128) + b"DICM": "DICOM"}.items():
            for file in ("a.jpg", "a.gif", "a"):
                with self.subTest(start=start, file=file):
                    said = self.refusal(start + bytes(60), name=file)
                    self.assertIn(name, said)
                    self.assertIn("convert it to PNG", said)

    def test_other_files_of_arrays_are_refused_by_their_names(self):
        np.savez(self.folder / "x.npz", COLOURS)
        self.assertIn("zip archive", self.refusal((self.folder / "x.npz").read_bytes(), name="x.npz"))
        self.assertIn("HDF5", self.refusal(b"\x89HDF\r\n\x1a\n" + bytes(90), name="x.h5"))
        self.assertIn("pickle", self.refusal(b"\x80\x04\x95" + bytes(90), name="x.pkl"))
        self.assertIn("safetensors", self.refusal(b"\x40\0\0\0\0\0\0\0{\"a\":" + bytes(90), name="x.safetensors"))

    def test_a_file_that_is_nothing_known_is_refused_in_words(self):
        self.assertIn("no PNG or JPEG image", self.refusal(b"abc", name="a.png"))
        self.assertIn("no PNG or JPEG image", self.refusal(b"", name="a.jfif"))
        self.assertIn("cannot read", self.refusal(b"abc", name="a.npy"))
        self.assertIn("can't tell what 'a.txt' is", self.refusal(b"abc", name="a.txt", expect=2))
        self.assertIn("No such file", self.ninc("run", "same.nin", "--reference", "--input", "b.png", expect=1).stderr)


class Options(PictureTest):
    def test_the_order_of_channels_is_the_models(self):
        got = self.read(png(COLOURS, 2), (5, 7), options=("--layout", "bgr", "--mean", "1,2,3", "--scale", "2"))
        np.testing.assert_array_equal(got, (COLOURS[..., ::-1] - [1, 2, 3]) * 2)

    def test_colours_become_grey_by_luminance(self):
        self.assert_read(png(COLOURS, 2), (COLOURS @ [0.299, 0.587, 0.114])[..., None], 0.51)
        deep = COLOURS * 257
        self.assert_read(png(deep, 2, 16), (deep @ [0.299, 0.587, 0.114])[..., None] / 257, 0.01)

    def test_a_library_takes_pictures_as_the_reference_does(self):
        file = with_segment(jpeg("colours"), 0xe1, b"Exif\0\0" + tiff(6))
        expected = self.read(file, (20, 12), name="a.jfif")
        self.ninc("same.nin", "-o", "same.so")
        self.ninc("run", "same.so", "--input", "a.jfif", "--output", "out.npy")
        np.testing.assert_array_equal(np.load(self.folder / "out.npy").transpose(1, 2, 0), expected)
        self.ninc("verify", "same.nin", "same.so", "--input", "a.jfif")


if __name__ == "__main__":
    take_command()
    unittest.main(argv=sys.argv)
