#!/usr/bin/env python3
"""One compiled model in many threads and processes, and under ten thousand wrong calls.

    PYTHONPATH=build/python processes_test.py        (run by ctest)
"""

import gc
import multiprocessing
import os
import pickle
import random
import threading
import tracemalloc
import unittest

import numpy as np

from package_case import digit_images, digits, doubled, numbers


def prob_of(argument):
    model, image = argument
    return model(image)["prob"]


class Threads(unittest.TestCase):
    def test_eight_of_them_share_a_model_and_its_results_are_equal_bit_by_bit(self):
        for model in (digits(), digits(threads=2)):
            images = digit_images()[:20]
            expected = [model(image)["prob"] for image in images]
            wrong = []

            def run_many():
                for _ in range(20):
                    wrong.extend(i for i, image in enumerate(images)
                                 if not np.array_equal(model(image)["prob"], expected[i]))

            threads = [threading.Thread(target=run_many) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(wrong, [])


class Processes(unittest.TestCase):
    def assert_same_in(self, way):
        images = digit_images()[:8]
        for model in (digits(), digits(threads=2)):
            expected = [model(image)["prob"] for image in images]
            with multiprocessing.get_context(way).Pool(2) as pool:
                results = pool.map_async(prob_of, [(model, image) for image in images]).get(timeout=120)
            np.testing.assert_array_equal(results, expected)

    def test_that_are_forked_compute_the_same(self):
        self.assert_same_in("fork")

    def test_that_are_spawned_compute_the_same(self):
        self.assert_same_in("spawn")

    def test_a_fork_uses_the_models_that_it_has(self):
        model, image = digits(threads=2), digit_images()[0]
        expected = model(image)["prob"]
        child = os.fork()
        if child == 0:
            os._exit(0 if np.array_equal(model(image)["prob"], expected) else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        np.testing.assert_array_equal(model(image)["prob"], expected)

    def test_a_pickle_outlives_what_it_was_made_of(self):
        x = numbers(2, 3, 5)
        copy = pickle.loads(pickle.dumps(doubled()))
        np.testing.assert_array_equal(copy(x), 2 * x)
        self.assertNotEqual(copy.path, doubled().path)


def resident_bytes():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


WRONG = [lambda x: x.astype(complex), lambda x: x.astype(object), lambda x: x.astype(str), lambda x: x[..., 1:],
         lambda x: x[0], lambda x: x[None, None], lambda x: None, lambda x: "x", lambda x: object(), lambda x: x[:0],
         lambda x: [x, 3], lambda x: {"x": x}, lambda x: np.recarray((2, 3, 5), "f4,f4"), lambda x: memoryview(b"abc"),
         lambda x: x.astype("M8[s]"), lambda x: np.float32(1), lambda x: x.reshape(5, 3, 2), lambda x: x[np.newaxis, :0]]
RIGHT = [lambda x: x, lambda x: x.astype(float), lambda x: x[::-1], lambda x: x.tolist(), lambda x: x[None]]


class WrongCalls(unittest.TestCase):
    def test_ten_thousand_of_them_cost_an_exception_each_and_no_memory(self):
        model, x = doubled(), numbers(2, 3, 5)
        y = np.empty_like(x)
        dice = random.Random(7)

        def call():
            if dice.random() < 0.3:
                model(dice.choice(RIGHT)(x))
                return
            wrong = dice.choice(WRONG)(x)
            with self.assertRaises((TypeError, ValueError)):
                if dice.random() < 0.5:
                    model(wrong)
                else:
                    model.run(x=x if dice.random() < 0.5 else wrong, out={"y": wrong})

        def many(count):
            for _ in range(count):
                call()
            gc.collect()

        many(2000)
        tracemalloc.start()
        many(500)
        before, resident = tracemalloc.get_traced_memory()[0], resident_bytes()
        many(7500)
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        self.assertLess(grown, 100_000)
        self.assertLess(resident_bytes() - resident, 8 << 20)
        model.run(x=x, out={"y": y})
        np.testing.assert_array_equal(y, 2 * x)


if __name__ == "__main__":
    unittest.main()
