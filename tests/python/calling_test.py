#!/usr/bin/env python3
"""Calling a compiled model from Python: which arrays it takes, what comes back, what is refused.

    PYTHONPATH=build/python calling_test.py        (run by ctest)
"""

import unittest

import numpy as np

import ninc
from package_case import digit_images, digits, doubled, expected_prob, numbers, sums


class OnlyDlpack:
    """An array of another library, as far as NumPy can tell."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **how):
        return self.array.__dlpack__(**how)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class Results(unittest.TestCase):
    def test_are_onnx_runtimes(self):
        results = digits()(digit_images())
        self.assertEqual(list(results), ["prob", "maps"])
        np.testing.assert_allclose(results["prob"], expected_prob(), atol=1e-5)

    def test_of_one_output_are_an_array_and_of_several_a_dictionary(self):
        self.assertIsInstance(doubled()(numbers(2, 3, 5)), np.ndarray)
        a, b = numbers(2, 4, 6), numbers(2, 4, 6, seed=2)
        results = sums()(a, b)
        np.testing.assert_array_equal(results["y"], a + b)
        np.testing.assert_array_equal(results["z"], np.maximum(a - b, 0))

    def test_have_a_dimension_for_images_as_the_inputs_have(self):
        model = doubled()
        for shape in ((2, 3, 5), (1, 2, 3, 5), (4, 2, 3, 5)):
            x = numbers(*shape)
            np.testing.assert_array_equal(model(x), 2 * x)

    def test_of_more_images_than_a_run_takes_come_of_several_runs(self):
        for count in (5, 8, 11):
            x = numbers(count, 2, 3, 5)
            np.testing.assert_array_equal(doubled()(x), 2 * x)

    def test_own_their_memory(self):
        x = numbers(2, 3, 5)
        kept = doubled()(x)
        copy = kept.copy()
        x[:] = 0
        doubled()(x)
        np.testing.assert_array_equal(kept, copy)
        self.assertTrue(kept.flags.writeable and kept.base is None)


class Arrays(unittest.TestCase):
    def assert_doubled(self, array, values):
        np.testing.assert_array_equal(doubled()(array), 2 * np.asarray(values, np.float32))

    def test_of_other_kinds_of_numbers_are_converted(self):
        x = np.abs(numbers(2, 3, 5))
        for dtype in (np.float64, np.float16, np.int8, np.uint8, np.int64, ">f4", np.longdouble):
            self.assert_doubled(x.astype(dtype), x)
        self.assert_doubled(x > 3, x > 3)
        self.assert_doubled(x.tolist(), x)

    def test_may_lie_in_memory_as_they_like(self):
        x = numbers(2, 3, 5)
        wide = np.zeros((4, 6, 10), np.float32)
        wide[::2, ::2, ::2] = x
        self.assert_doubled(wide[::2, ::2, ::2], x)
        self.assert_doubled(np.ascontiguousarray(x.transpose(2, 1, 0)).transpose(2, 1, 0), x)
        self.assert_doubled(np.asfortranarray(x), x)
        self.assert_doubled(x[:, ::-1], x[:, ::-1])
        self.assert_doubled(np.broadcast_to(np.float32(3), (2, 3, 5)), np.full((2, 3, 5), 3))
        shifted = np.frombuffer(b"\0" + x.tobytes(), np.float32, offset=1).reshape(2, 3, 5)
        self.assertFalse(shifted.flags.aligned)
        self.assert_doubled(shifted, x)

    def test_may_be_read_only_or_of_another_library(self):
        x = numbers(2, 3, 5)
        x.setflags(write=False)
        self.assert_doubled(x, x)
        self.assert_doubled(memoryview(x), x)
        self.assert_doubled(OnlyDlpack(numbers(2, 3, 5)), x)

    def test_results_go_on_by_dlpack(self):
        x = numbers(2, 3, 5)
        np.testing.assert_array_equal(np.from_dlpack(doubled()(x)), 2 * x)

    def test_that_are_no_real_numbers_are_refused(self):
        x = numbers(2, 3, 5)
        for wrong in (x.astype(complex), x.astype(object), x.astype(str), x.astype("m8[s]"), None, "x.npy", object()):
            with self.assertRaisesRegex(TypeError, r"x is of .*; give real numbers: np.asarray\(x, np.float32\)"):
                doubled()(wrong)

    def test_of_another_shape_are_refused_with_both(self):
        with self.assertRaisesRegex(ValueError, r"reads x \[2, 3, 5\], .* not x \[3, 2, 5\]"):
            doubled()(numbers(3, 2, 5))
        for shape in ((), (5,), (1, 1, 2, 3, 5), (2, 3)):
            with self.assertRaises(ValueError):
                doubled()(np.zeros(shape, np.float32))
        with self.assertRaisesRegex(ValueError, "no images"):
            doubled()(np.zeros((0, 2, 3, 5), np.float32))

    def test_of_a_fixed_batch_come_in_multiples_of_it(self):
        model = sums(batch=2)
        a = numbers(4, 2, 4, 6)
        np.testing.assert_array_equal(model(a, a)["y"], 2 * a)
        with self.assertRaisesRegex(ValueError, "2 images at a time; 3 are no multiple"):
            model(a[:3], a[:3])


class Pixels(unittest.TestCase):
    """Inputs of bytes, a pixel's channels next to one another."""

    def setUp(self):
        self.model = ninc.compile("model pixels\nx = input u8[4, 5, 3] hwc mean 1, 2, 3 scale 2\ny = relu x\noutput y\n",
                                  database=False, batch=(1, 2))
        self.pixels = np.random.default_rng(1).integers(0, 255, (4, 5, 3)).astype(np.uint8)
        self.expected = np.maximum(0, 2 * (self.pixels.astype(np.float32) - [1, 2, 3])).transpose(2, 0, 1)

    def test_are_arrays_as_decoders_give_them(self):
        self.assertEqual((self.model.inputs[0].dtype, self.model.inputs[0].shape), (np.uint8, (4, 5, 3)))
        np.testing.assert_array_equal(self.model(self.pixels), self.expected)
        np.testing.assert_array_equal(self.model(self.pixels[None])[0], self.expected)
        np.testing.assert_array_equal(self.model(self.pixels[:, ::-1]), self.expected[:, :, ::-1])

    def test_that_are_no_bytes_are_refused(self):
        for wrong in (self.pixels.astype(np.float32), self.pixels.astype(np.int32)):
            with self.assertRaisesRegex(TypeError, "the model reads uint8: convert it so that nothing is lost"):
                self.model(wrong)


class Names(unittest.TestCase):
    def test_stand_for_inputs_in_any_order(self):
        a, b = numbers(2, 4, 6), numbers(2, 4, 6, seed=2)
        np.testing.assert_array_equal(sums()(b=b, a=a)["z"], np.maximum(a - b, 0))
        np.testing.assert_array_equal(sums()(a, b=b)["z"], np.maximum(a - b, 0))

    def test_that_are_wrong_say_what_there_is(self):
        a = numbers(2, 4, 6)
        for arrays, named, told in (((a,), {}, "no array for b"), ((a,), {"c": a}, "no input 'c', but a, b"),
                                    ((a, a, a), {}, r"2 inputs \(a, b\), 3 were given"),
                                    ((a, a), {"b": a}, "'b' is given twice"), ((), {}, "no array for a, b")):
            with self.assertRaisesRegex(TypeError, told):
                sums()(*arrays, **named)


class RunInto(unittest.TestCase):
    def setUp(self):
        self.a, self.b = numbers(2, 4, 6), numbers(2, 4, 6, seed=2)
        self.out = {"y": np.empty((2, 4, 6), np.float32), "z": np.empty((2, 4, 6), np.float32)}

    def test_fills_the_callers_arrays(self):
        sums().run(a=self.a, b=self.b, out=self.out)
        np.testing.assert_array_equal(self.out["y"], self.a + self.b)
        np.testing.assert_array_equal(self.out["z"], np.maximum(self.a - self.b, 0))

    def test_converts_nothing(self):
        with self.assertRaisesRegex(TypeError, "a is float64; run takes float32"):
            sums().run(a=self.a.astype(float), b=self.b, out=self.out)
        with self.assertRaisesRegex(TypeError, "b is a list"):
            sums().run(a=self.a, b=self.b.tolist(), out=self.out)
        with self.assertRaisesRegex(TypeError, "not in C order"):
            sums().run(a=self.a, b=np.asfortranarray(self.b), out=self.out)

    def test_says_what_is_wrong_with_the_outputs(self):
        for name, wrong, error, told in (("y", np.empty((2, 4, 6)), TypeError, "y is float64"),
                                         ("z", np.empty((2, 4, 5), np.float32), ValueError, "out must have"),
                                         ("q", self.out["y"], TypeError, "no output 'q', but y, z")):
            with self.subTest(name), self.assertRaisesRegex(error, told):
                sums().run(a=self.a, b=self.b, out={**self.out, name: wrong})
        with self.assertRaisesRegex(TypeError, "out has no array for z"):
            sums().run(a=self.a, b=self.b, out={"y": self.out["y"]})
        self.out["y"].setflags(write=False)
        with self.assertRaisesRegex(TypeError, "y is read-only"):
            sums().run(a=self.a, b=self.b, out=self.out)


class Sizes(unittest.TestCase):
    def test_are_chosen_by_the_arrays(self):
        model = ninc.compile("model sized\nx = input f32[1, 4, 4]\ny = add x x\noutput y\n", database=False, batch=(1, 3),
                             shapes={"x": [(1, 4, 4), (1, 6, 8)]})
        for shape in ((1, 4, 4), (1, 6, 8), (3, 1, 6, 8)):
            x = numbers(*shape)
            np.testing.assert_array_equal(model(x), 2 * x)
        with self.assertRaisesRegex(ValueError, r"x \[1, 4, 4\]; or x \[1, 6, 8\]"):
            model(numbers(1, 5, 5))
        self.assertEqual(model.inputs[0].shapes, ((1, 4, 4), (1, 6, 8)))


if __name__ == "__main__":
    unittest.main()
