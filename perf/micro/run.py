"""perf/run --micro: builds the microbenchmarks as a release and runs them."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "lib"))

import build  # noqa: E402

build_dir = build.configure_and_compile(ROOT / "build-release", ["perf/micro/micro"], ["--buildtype=release", "-Db_lto=true"])
program = build_dir / "perf" / "micro" / "micro"
os.execv(program, [str(program), *(argument for argument in sys.argv[1:] if argument != "--micro")])
