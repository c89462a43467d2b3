#!/usr/bin/env python3
"""find_package(ninc) and ninc_add_model, as projects use them that know the installed tree alone: the example, what is
made again and what isn't, other machines, other models, and mistakes.

    cmake_test.py BUILD        (run by ctest)
"""

import os
import shutil
import unittest

import installed
from installed import DIGIT, InstalledTest

COMPILING = "Compiling the model"


class CMakeTest(InstalledTest):
    def setUp(self):
        super().setUp()
        self.project = self.folder / "my project"
        shutil.copytree(self.prefix / "share" / "ninc" / "examples", self.project)
        self.sources = self.project / "cmake"
        self.build_folder = self.folder / "built here"

    def configure(self, *options, generator="Ninja", **how):
        return self.do("cmake", "-S", self.sources, "-B", self.build_folder, "-G", generator,
                       f"-DCMAKE_PREFIX_PATH={self.prefix}", *options, **how)

    def build(self, **how):
        return self.do("cmake", "--build", self.build_folder, **how)

    def change(self, path):
        """As an editor would that writes the same."""
        os.utime(path)

    def write_project(self, lines, languages="CXX"):
        (self.sources / "CMakeLists.txt").write_text(
            f"cmake_minimum_required(VERSION 3.20)\nproject(p LANGUAGES {languages})\nfind_package(ninc REQUIRED)\n{lines}\n")

    def write_model(self, name, functions=8):
        (self.sources / name).write_text(f"model {name.split('.')[0]}\nweights random seed 1\nimage = input f32[2, 6, 6]\n"
                                         f"maps = mlpconv image [conv 3x3 pad 1 -> {functions}, 4]\n"
                                         "prob = softmax (global_avg_pool maps)\noutput prob\n")


class Example(CMakeTest):
    def builds_and_makes_again_what_has_changed(self, generator):
        self.configure(generator=generator)
        self.assertIn(COMPILING, self.build())
        program = self.build_folder / "digit"
        self.assertEqual(self.do(program), DIGIT + "\n")
        self.assertNotIn(COMPILING, self.build())
        self.change(self.sources / "digit.cpp")
        said = self.build()
        self.assertIn("digit.cpp", said)
        self.assertNotIn(COMPILING, said)
        for path in (self.project / "digits" / "nin_digits.nin", self.project / "digits" / "nin_digits.safetensors",
                     self.ninc):
            with self.subTest(path=path.name):
                self.change(path)
                self.assertIn(COMPILING, self.build())
                self.assertNotIn(COMPILING, self.build())
        self.assertEqual(self.do(program), DIGIT + "\n")

    def test_with_ninja(self):
        self.builds_and_makes_again_what_has_changed("Ninja")

    def test_with_make(self):
        self.builds_and_makes_again_what_has_changed("Unix Makefiles")


class Models(CMakeTest):
    def test_a_database_and_data_of_onnx_count(self):
        """A database that is named, and the file that an ONNX model has its numbers in, which only ninc knows of."""
        try:
            import numpy
            import onnx
        except ImportError:
            self.skipTest("no Python package onnx")
        weights = [onnx.numpy_helper.from_array(numpy.ones([4, 3, 3, 3], numpy.float32), "w")]
        values = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, channels, 8, 8])
                  for name, channels in (("x", 3), ("y", 4))]
        graph = onnx.helper.make_graph([onnx.helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])], "g",
                                       values[:1], values[1:], weights)
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
        onnx.save_model(model, str(self.sources / "outside.onnx"), save_as_external_data=True, location="its data",
                        size_threshold=0)
        (self.sources / "tuned.jsonl").touch()
        self.write_project("ninc_add_model(outside MODEL outside.onnx TUNE_DB tuned.jsonl TARGETS x86-64-v2)")
        self.configure()
        self.assertIn("Compiling the model outside for x86-64-v2", self.build())
        self.assertNotIn(COMPILING, self.build())
        for path in ("its data", "tuned.jsonl"):
            with self.subTest(path=path):
                self.change(self.sources / path)
                self.assertIn(COMPILING, self.build())
                self.assertNotIn(COMPILING, self.build())

    def test_of_a_rule_of_the_project_two_targets_and_a_folder_below(self):
        """A model that a rule makes, twice, for two CPUs; and a target of another folder that links one of them."""
        self.write_model("tiny.nin.in")
        (self.sources / "below").mkdir()
        (self.sources / "below" / "CMakeLists.txt").write_text("add_executable(user user.c)\n"
                                                               "target_link_libraries(user PRIVATE tiny_v2)\n")
        (self.sources / "below" / "user.c").write_text(
            '#include "tiny.h"\n#include <string.h>\n'
            'int main(void) { return strcmp(tiny_model()->target, "x86-64-v2") != 0 || TINY_BATCH != 3; }\n')
        self.write_project("add_custom_command(OUTPUT tiny.nin DEPENDS tiny.nin.in COMMAND ${CMAKE_COMMAND} -E copy\n"
                           "                   ${CMAKE_CURRENT_SOURCE_DIR}/tiny.nin.in tiny.nin)\n"
                           "ninc_add_model(tiny_v2 MODEL tiny.nin TARGETS x86-64-v2 BATCH 3)\n"
                           "ninc_add_model(tiny_v3 MODEL tiny.nin TARGETS x86-64-v3 OPTIONS --jobs 1)\n"
                           "add_subdirectory(below)", languages="C")
        for generator in ("Ninja", "Unix Makefiles"):
            with self.subTest(generator=generator):
                shutil.rmtree(self.build_folder, ignore_errors=True)
                self.configure(generator=generator)
                self.assertEqual(self.build().count(COMPILING), 2)
                self.do(self.build_folder / "below" / "user")

    def test_several_cpus_any_batch_and_weights_in_a_file(self):
        self.write_model("tiny.nin")
        (self.sources / "user.c").write_text(
            '#include "tiny.h"\n#include <string.h>\n'
            'int main(void) {\n'
            '  return strcmp(tiny_model()->target, "x86-64-v3,x86-64-v2") != 0 || tiny_model()->least_batch != 1 ||\n'
            '         tiny_open_weights(WEIGHTS, 1) != NINC_OK;\n}\n')
        self.write_project("ninc_add_model(tiny MODEL tiny.nin TARGETS x86-64-v2 x86-64-v3 BATCH 1..4 WEIGHTS external)\n"
                           "add_executable(user user.c)\ntarget_link_libraries(user PRIVATE tiny)\n"
                           "target_compile_definitions(user PRIVATE "
                           "WEIGHTS=\\\"$<TARGET_PROPERTY:tiny,NINC_WEIGHTS>\\\")", languages="C")
        self.configure()
        self.assertIn("Compiling the model tiny for x86-64-v2, x86-64-v3", self.build())
        self.do(self.build_folder / "user")
        self.assertNotIn(COMPILING, self.build())

    def test_what_the_builder_has_tuned_does_not_count(self):
        self.write_model("tiny.nin")
        self.write_project("ninc_add_model(tiny MODEL tiny.nin)")
        self.configure()
        records = self.folder / "home" / ".local" / "share" / "ninc"
        records.mkdir(parents=True)
        (records / "schedules.jsonl").write_text("no records\n")
        self.assertNotIn("schedules.jsonl", self.build())

    def test_for_another_machine_by_the_toolchain_file(self):
        compiler, emulator = shutil.which("aarch64-linux-gnu-gcc"), shutil.which("qemu-aarch64-static")
        if not compiler or not emulator:
            self.skipTest("no aarch64-linux-gnu-gcc or qemu-aarch64-static")
        toolchain = self.folder / "aarch64.cmake"
        toolchain.write_text("set(CMAKE_SYSTEM_NAME Linux)\nset(CMAKE_SYSTEM_PROCESSOR aarch64)\n"
                             "set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)\n"
                             "set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)\n"
                             "set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)\n")
        self.write_model("tiny.nin")
        (self.sources / "user.c").write_text('#include "tiny.h"\n#include <stdio.h>\n'
                                             'int main(void) { puts(tiny_model()->target); return 0; }\n')
        self.write_project("ninc_add_model(tiny MODEL tiny.nin)\nadd_executable(user user.c)\n"
                           "target_link_libraries(user PRIVATE tiny)", languages="C")
        self.configure(f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", f"-Dninc_DIR={self.prefix}/lib/cmake/ninc")
        self.build()
        self.assertEqual(self.do(emulator, "-L", "/usr/aarch64-linux-gnu", self.build_folder / "user"), "aarch64\n")


class Mistakes(CMakeTest):
    def test_while_configuring(self):
        self.write_model("tiny.nin")
        for lines, complaint in {
                "ninc_add_model(m)": "ninc_add_model(m): MODEL is missing",
                "ninc_add_model(m MODEL)": "ninc_add_model(m): nothing follows MODEL",
                "ninc_add_model(m MODEL none.onnx)": "/cmake/none.onnx', and no rule before this line",
                "ninc_add_model(m MODEL .)": "is a folder",
                "ninc_add_model(m MODEL tiny.nin TARGET host)": "what is 'TARGET host'? It takes MODEL,",
                "ninc_add_model(m MODEL tiny.nin TUNE_DB none)": "TUNE_DB: there is no file",
                "ninc_add_model(m MODEL tiny.nin WEIGHTS none)": "WEIGHTS: there is no file",
                "add_library(m INTERFACE)\nninc_add_model(m MODEL tiny.nin)": "a target of that name already",
                "set(CMAKE_SYSTEM_NAME Haiku)\nninc_add_model(m MODEL tiny.nin)": "ninc compiles for Linux",
                "set(CMAKE_SYSTEM_PROCESSOR s390x)\nninc_add_model(m MODEL tiny.nin)": "ninc compiles for x86_64, aarch64",
        }.items():
            with self.subTest(lines=lines):
                self.write_project(lines)
                said = " ".join(self.configure(expect=1).split())  # CMake breaks lines
                self.assertIn(complaint, said.replace("' '", "''"))

    def test_while_building(self):
        """What ninc says of a model or of its words is seen, and nothing is left that a next build would take."""
        self.write_model("tiny.nin")
        text = (self.sources / "tiny.nin").read_text()
        for change, words, complaint in ((("softmax", "sofmax"), "", "did you mean 'softmax'?"),
                                         (("", ""), "TARGETS pentium", "pentium"),
                                         (("", ""), "BATCH 0", "--batch"),
                                         (("", ""), "OPTIONS --frobnicate", "--frobnicate")):
            with self.subTest(words=words):
                (self.sources / "tiny.nin").write_text(text.replace(*change) if change[0] else text)
                self.write_project(f"ninc_add_model(m MODEL tiny.nin {words})")
                self.configure()
                self.assertIn(complaint, self.build(expect=(1, 2)))
                self.assertIn(complaint, self.build(expect=(1, 2)))
        (self.sources / "tiny.nin").write_text(text)
        self.write_project("ninc_add_model(m MODEL tiny.nin)")
        self.build()

    def test_a_torn_tree_and_a_version_that_is_not_there(self):
        torn = self.folder / "torn"
        (torn / "lib" / "cmake").mkdir(parents=True)
        shutil.copytree(self.prefix / "lib" / "cmake" / "ninc", torn / "lib" / "cmake" / "ninc")
        self.assertIn("bin/ and lib/ are moved together",
                      " ".join(self.configure(f"-Dninc_DIR={torn}/lib/cmake/ninc", expect=1).split()))
        self.write_project("find_package(ninc 7.3 REQUIRED)")
        self.assertIn('compatible with requested version "7.3"',
                      " ".join(self.configure(f"-Dninc_DIR={self.prefix}/lib/cmake/ninc", expect=1).split()))


if __name__ == "__main__":
    installed.take_build()
    unittest.main(verbosity=2)
