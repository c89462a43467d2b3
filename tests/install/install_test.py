#!/usr/bin/env python3
"""The installed tree, moved to another place than it was installed to: what is in it, that it compiles there, and what
it tells men and shells. (CMake projects that use it are cmake_test.py's.)

    install_test.py BUILD        (run by ctest)
"""

import re
import shutil
import subprocess
import unittest

import installed
from installed import DIGITS, InstalledTest

COMMANDS = ["run", "verify", "bench", "tune", "devices", "show", "import", "operators", "completion"]


class Install(InstalledTest):
    def test_has_everything_in_its_place(self):
        for path in ("bin/ninc", "lib/ninc/libHalide.so", "lib/cmake/ninc/ninc-config.cmake",
                     "lib/cmake/ninc/ninc-config-version.cmake", "lib/pkgconfig/ninc.pc", "include/ninc/ninc_model.h",
                     "share/bash-completion/completions/ninc", "share/zsh/site-functions/_ninc",
                     "share/fish/vendor_completions.d/ninc.fish", "share/doc/ninc/LICENSE", "share/doc/ninc/NOTICES",
                     "share/doc/ninc/CHANGELOG.md", "share/doc/ninc/docs/shipping.md",
                     "share/ninc/examples/cmake/CMakeLists.txt", "share/man/man1/ninc.1",
                     *[f"share/man/man1/ninc-{command}.1" for command in COMMANDS]):
            with self.subTest(path=path):
                self.assertTrue((self.prefix / path).is_file())

    def test_says_what_it_is_made_of(self):
        self.assertRegex(self.do(self.ninc, "--version"), r"^ninc \d+\.\d+\.\d+\n"
                         r"commit ([0-9a-f]{12}(\+changes)?|unknown)\nLLVM 19\.\d+\.\d+, Halide 21\.\d+\.\d+\n$")

    def test_knows_neither_the_build_nor_where_it_was_installed(self):
        """No text names them, and the program looks for its libraries beside itself."""
        for path in self.prefix.rglob("*"):
            if not path.is_file() or path.suffix == ".so":
                continue
            text = path.read_bytes()
            for place in (str(installed.BUILD), "where it was put"):
                self.assertNotIn(place.encode(), text, path)
        self.assertRegex(self.do("readelf", "-d", self.ninc), r"RPATH\).*\[\$ORIGIN/\.\./lib/ninc\]")
        self.assertIn(f"libHalide.so => {self.ninc.parent}/../lib/ninc/libHalide.so", self.do("ldd", self.ninc))

    def test_compiles_and_verifies_where_it_is(self):
        model = shutil.copy(DIGITS / "nin_digits.nin", self.folder)
        shutil.copy(DIGITS / "nin_digits.safetensors", self.folder)
        self.do(self.ninc, model, "-o", "digits.so")
        self.assertIn("all 7 comparisons agree", self.do(self.ninc, "verify", model, "digits.so"))
        self.assertIn("Use it as you like", (self.folder / "digits.h").read_text())

    def test_wants_its_libraries_moved_along(self):
        """bin/ninc alone says what it lacks, and find_package (cmake_test.py) that the tree is torn."""
        alone = shutil.copy(self.ninc, self.folder)
        self.assertIn("libHalide.so", self.do(alone, "--version", expect=127))

    def test_licence_and_notices(self):
        documents = self.prefix / "share" / "doc" / "ninc"
        licence = (documents / "LICENSE").read_text()
        self.assertIn("Version 2.0, January 2004", licence)
        self.assertIn("---- LLVM Exceptions to the Apache 2.0 License ----", licence)
        notices = (documents / "NOTICES").read_text(errors="replace")
        for work in ("Halide", "LLVM and lld", "Boost", "CLI11", "nlohmann-json", "expected", "OpenCL headers",
                     "the C library", "GCC's support library"):
            with self.subTest(work=work):
                self.assertRegex(notices, rf"======== {work}.*, in (bin/ninc|lib/ninc/libHalide.so)")
        self.assertIn("MIT CSAIL", notices)
        if shutil.which("dpkg-query"):
            self.assertNotIn("isn't told", notices)

    def test_pkg_config_finds_the_interface_of_models(self):
        if not shutil.which("pkg-config"):
            self.skipTest("no pkg-config")
        environment = dict(self.environment, PKG_CONFIG_PATH=str(self.prefix / "lib" / "pkgconfig"))
        ninc = self.do("pkg-config", "--variable=ninc", "ninc", environment=environment).strip()
        self.assertEqual(self.do("sh", "-c", f"{ninc} --version"), self.do(self.ninc, "--version"))
        (self.folder / "host.c").write_text('#include <ninc_model.h>\nint main(void) { return NINC_MODEL_ABI == 0; }\n')
        self.do("sh", "-c", "eval cc host.c $(pkg-config --cflags --libs ninc) -o host && ./host",
                environment=environment)


class Manual(InstalledTest):
    def options_in_help(self, command):
        text = self.do(self.ninc, *command, "--help")
        return set(re.findall(r"^  (?:-\w,)?(--[\w-]+)|^  (-\w)\b", text, re.MULTILINE))

    def test_every_option_of_help_is_in_the_page(self):
        for command in [[], *[[command] for command in COMMANDS]]:
            page = (self.prefix / "share" / "man" / "man1" / "-".join(["ninc", *command])).with_suffix(".1").read_text()
            options = {word for words in self.options_in_help(command) for word in words if word}
            self.assertIn("--help", options)
            for option in options:
                with self.subTest(command=command, option=option):
                    self.assertIn("\\fB" + option.replace("-", "\\-") + "\\fR", page)

    def test_every_command_of_help_has_a_page(self):
        help_text = self.do(self.ninc, "--help")
        listed = re.findall(r"^  ([a-z]+) +\S", help_text.split("Subcommands:\n")[1].split("\n\n")[0],
                            re.MULTILINE)
        self.assertEqual(sorted(listed), sorted(COMMANDS))

    def test_pages_are_fit_for_man(self):
        if not shutil.which("man"):
            self.skipTest("no man")
        for page in sorted((self.prefix / "share" / "man" / "man1").iterdir()):
            with self.subTest(page=page.name):
                done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page],
                                      capture_output=True, env=dict(self.environment, MANROFFSEQ=""))
                self.assertEqual((done.returncode, done.stderr.decode()), (0, ""))
        shown = self.do("man", "-l", self.prefix / "share" / "man" / "man1" / "ninc-run.1",
                        environment=dict(self.environment, MANPAGER="cat"))
        for words in ("NINC-RUN(1)", "ninc run [OPTION ...] MODEL|LIB", "--layout", "bgr --output prob=prob.npy"):
            self.assertIn(words, re.sub(r".\x08", "", shown))

    def test_a_page_of_an_unknown_command_is_refused(self):
        self.assertIn("no command 'rnu'; did you mean 'run'?", self.do(self.ninc, "manual", "rnu", expect=2))


if __name__ == "__main__":
    installed.take_build()
    unittest.main(verbosity=2)
