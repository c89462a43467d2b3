#!/usr/bin/env python3
"""The packages, used in roots that hold nothing else than they promise to need: the .tar.zst beside the C and C++
libraries, the .deb beside the libraries of the packages that it depends on. The roots are made of this machine's own
files, so no network is needed; who may not chroot gets the rest of the tests, and is told.

    package_test.py BUILD        (run by ctest)
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import installed
from installed import DIGITS, run

ALWAYS_THERE = {"libc6", "libgcc-s1", "libstdc++6", "gcc-12-base", "gcc-13-base", "gcc-14-base"}


# A root of its own with a /proc, by which the dynamic loader finds what lies beside a program.
INSIDE = ["unshare", "--mount", "--pid", "--fork", "--mount-proc=/proc"]


def may_chroot():
    return subprocess.run([*INSIDE, "--root=/", "true"], capture_output=True).returncode == 0


def libraries_of(package):
    """The shared libraries of an installed Debian package, and the dynamic loader."""
    listed = subprocess.run(["dpkg-query", "--listfiles", package], capture_output=True, text=True).stdout
    return [path for path in listed.splitlines() if re.search(r"/(lib[^/]*|ld-linux[^/]*)\.so(\.[\d.]+)?$", path)]


def needs_of(package):
    """The packages that one needs, of those that are installed: whatever satisfies a dependency here."""
    fields = subprocess.run(["dpkg-query", "--show", "--showformat=${Depends},${Pre-Depends}", package],
                            capture_output=True, text=True).stdout
    return set(re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]+)", fields))


def closure(packages):
    found, waiting = set(), set(packages)
    while waiting:
        package = waiting.pop()
        if package not in found and libraries_of(package):
            found.add(package)
            waiting |= needs_of(package)
    return found


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Beside the build, so that libraries can be linked into roots instead of copied.
        cls.place = pathlib.Path(tempfile.mkdtemp(prefix="packages-", dir=installed.BUILD))
        cls.addClassCleanup(shutil.rmtree, cls.place, ignore_errors=True)
        run("cpack", "--config", installed.BUILD / "CPackConfig.cmake", "-G", cls.generator, "-B", cls.place)
        [cls.package] = cls.place.glob(cls.pattern)

    def root_with(self, packages):
        """A root with these packages' libraries and the digits in it."""
        root = pathlib.Path(tempfile.mkdtemp(prefix="root-", dir=self.place))
        for folder in ("tmp", "dev", "proc", "usr/lib", "usr/lib64"):
            (root / folder).mkdir(parents=True)
        (root / "dev" / "null").touch()
        for folder in ("lib", "lib64"):
            (root / folder).symlink_to(f"usr/{folder}")
        for package in packages:
            for path in libraries_of(package):
                place = root / path.lstrip("/")
                place.parent.mkdir(parents=True, exist_ok=True)
                if not place.exists():
                    shutil.copy(os.path.realpath(path), place)
        for name in ("nin_digits.nin", "nin_digits.safetensors"):
            shutil.copy(DIGITS / name, root / "tmp")
        return root

    def use(self, root, ninc, how=INSIDE):
        """What somebody would do first, in the root."""
        inside = [*how, f"--root={root}", "--wd=/tmp", "--", ninc]
        self.assertRegex(run(*inside, "--version"), r"^ninc \d+\.\d+\.\d+\ncommit \S+\nLLVM 19")
        run(*inside, "nin_digits.nin", "-o", "digits.so")
        self.assertIn("all 7 comparisons agree", run(*inside, "verify", "nin_digits.nin", "digits.so"))
        self.assertIn("none.onnx", run(*inside, "none.onnx", "-o", "x.so", expect=1))


class Archive(PackageTest):
    generator, pattern = "TZST", "ninc-*.tar.zst"

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="un packed-", dir=self.place))
        run("tar", "--zstd", "-xf", self.package, "-C", self.folder)
        [self.tree] = self.folder.iterdir()

    def test_is_one_folder_that_works_where_it_is_unpacked(self):
        self.assertRegex(self.tree.name, r"^ninc-\d+\.\d+\.\d+-linux-(x86_64|aarch64)$")
        run(self.tree / "bin" / "ninc", "--version")

    def test_takes_nothing_of_the_system_but_c_and_cpp_libraries(self):
        for name, place in re.findall(r"^\s+(\S+) => (.+) \(0x", run("ldd", self.tree / "bin" / "ninc"), re.MULTILINE):
            if not re.match(r"lib(c|m|dl|pthread|rt|stdc\+\+|gcc_s)\.so|ld-linux|linux-vdso", name):
                with self.subTest(library=name):
                    self.assertEqual(os.path.dirname(os.path.realpath(place)), str((self.tree / "lib" / "ninc").resolve()))

    def test_every_library_inside_has_its_notice(self):
        notices = (self.tree / "share" / "doc" / "ninc" / "NOTICES").read_text(errors="replace")
        libraries = [path.name for path in (self.tree / "lib" / "ninc").iterdir()]
        self.assertIn("libLLVM.so.19.1", libraries)
        for library in libraries:
            with self.subTest(library=library):
                self.assertRegex(notices, rf"======== .*lib/ninc/{re.escape(library)}\b")
        if shutil.which("dpkg-query"):
            self.assertNotIn("isn't told", notices)
            for licence in set(re.findall(r"/usr/share/common-licenses/(?:L?GPL-\d|Apache-2\.0)", notices)):
                if pathlib.Path(licence).exists():
                    self.assertIn(f"======== {licence}\n", notices)

    def test_works_in_a_root_with_nothing_else(self):
        if not may_chroot() or not shutil.which("dpkg-query"):
            self.skipTest("a root can't be made: that takes the right to chroot, and dpkg")
        root = self.root_with(package for package in ALWAYS_THERE if libraries_of(package))
        shutil.move(self.tree, root / "tmp" / "ninc here")
        self.use(root, "/tmp/ninc here/bin/ninc")


class Debian(PackageTest):
    generator, pattern = "DEB", "ninc_*.deb"

    @classmethod
    def setUpClass(cls):
        if not shutil.which("dpkg-shlibdeps"):
            raise unittest.SkipTest("no dpkg-shlibdeps (Debian: dpkg-dev), so no .deb is made")
        super().setUpClass()

    def field(self, name):
        return run("dpkg-deb", "--field", self.package, name).strip()

    def test_depends_on_what_it_needs(self):
        depends = self.field("Depends")
        for package in ("libc6 (>=", "libstdc++6 (>=", "libllvm19", "libprotobuf", "libfmt", "libpng16", "libonnx",
                        "zlib1g"):
            self.assertIn(package, depends)
        self.assertNotIn("-dev", depends)
        self.assertNotIn("halide", depends.lower())

    def test_says_what_it_is(self):
        self.assertEqual(self.field("Package"), "ninc")
        self.assertRegex(self.field("Version"), r"^\d+\.\d+\.\d+$")
        self.assertIn("ahead-of-time compiler", self.field("Description"))
        files = run("dpkg-deb", "--contents", self.package)
        for path in ("./usr/bin/ninc", "./usr/lib/ninc/libHalide.so", "./usr/share/doc/ninc/copyright",
                     "./usr/share/man/man1/ninc.1.gz", "./usr/share/zsh/vendor-completions/_ninc"):
            self.assertIn(f" {path}\n", files)
        for line in files.splitlines():
            self.assertIn(" root/root ", line)
            self.assertNotIn("/usr/local", line)

    def test_works_in_a_root_with_its_dependencies(self):
        if not may_chroot():
            self.skipTest("a root can't be made: that takes the right to chroot")
        root = self.root_with(closure(ALWAYS_THERE | set(re.findall(r"(?:^|, )([a-z0-9+.-]+)", self.field("Depends")))))
        run("dpkg-deb", "--extract", self.package, root / "unpacked")
        run("cp", "-a", *(root / "unpacked" / "usr").iterdir(), root / "usr")
        self.use(root, "/usr/bin/ninc")
        self.use(root, "/usr/bin/ninc", how=["unshare"])  # without /proc


if __name__ == "__main__":
    installed.take_build()
    unittest.main(verbosity=2)
