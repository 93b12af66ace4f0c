"""valid.py SCHEMA FILE: each line of FILE is JSON that is valid by docs/SCHEMA.schema.json."""

import json
import pathlib
import sys

import jsonschema

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))

from program import load_schema  # noqa: E402

validator = jsonschema.Draft202012Validator(load_schema(sys.argv[1]))
lines = pathlib.Path(sys.argv[2]).read_text().splitlines()
for line in lines:
    validator.validate(json.loads(line))
sys.exit(0 if lines else "nothing to validate")
