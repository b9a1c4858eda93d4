"""Configuring and compiling a build directory; quiet when it goes well, the compiler's own words when it does not."""

import os
import subprocess
import sys


def configure_and_compile(build_dir, targets=(), options=(), environment=None):
    """Brings `targets` (default: all) of a build directory up to date and returns it."""
    env = {**os.environ, **(environment or {})}
    if not (build_dir / "build.ninja").exists():
        _run(["meson", "setup", str(build_dir), *options], env, build_dir)
    _run(["ninja", "-C", str(build_dir), *targets], env, build_dir)
    return build_dir


def _run(argv, env, build_dir):
    result = subprocess.run(argv, env=env, cwd=build_dir.parent, capture_output=True, text=True)
    if result.returncode != 0:
        sys.stderr.write((result.stdout + result.stderr)[-8000:])
        raise RuntimeError(f"{argv[0]} failed in {build_dir}")
