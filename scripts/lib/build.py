"""Configuring and compiling a build directory; quiet when it goes well, the compiler's own words when it does not."""

import os
import subprocess
import sys


def configure(build_dir, options=(), environment=None):
    """Configures a build directory that is not there yet."""
    if not (build_dir / "build.ninja").exists():
        _run(["meson", "setup", str(build_dir), *options], build_dir, environment)


def compile_targets(build_dir, targets=()):
    """Brings `targets` (default: all) of a configured build directory up to date."""
    _run(["ninja", "-C", str(build_dir), *targets], build_dir)


def configure_and_compile(build_dir, targets=(), options=(), environment=None):
    """Both, and the directory that they were done in."""
    configure(build_dir, options, environment)
    compile_targets(build_dir, targets)
    return build_dir


def _run(argv, build_dir, environment=None):
    # What is not in ccache is compiled at once, not preprocessed for ccache first.
    env = {"CCACHE_DEPEND": "1", **os.environ, **(environment or {})}
    result = subprocess.run(argv, env=env, cwd=build_dir.parent, capture_output=True, text=True)
    if result.returncode != 0:
        sys.stderr.write((result.stdout + result.stderr)[-8000:])
        raise RuntimeError(f"{argv[0]} failed in {build_dir}")
