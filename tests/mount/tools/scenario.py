"""What the scripts of this folder share: steps that are told by their outcome, and one way to say what is in a store.

A scenario has two turns, each a run of its script: the first creates and changes, the second changes what the first has left, which on a
mount is committed by then. A script runs its steps in order on a directory, also after one has failed, and ends with a line of JSON:
  {"steps": {NAME: null or the tool's error}, "found": what the tool then finds in the directory}
"""

import hashlib
import json
import math
import subprocess
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")


def run(steps, find):
    """Runs functions, named after what they do, and prints the outcome; `find` says what is there in the end."""
    outcomes = {}
    for step in steps:
        try:
            step()
            outcomes[step.__name__] = None
        except Exception as error:
            outcomes[step.__name__] = f"{type(error).__name__}: {error}"
    try:
        found = find()
    except Exception as error:
        outcomes["find"], found = f"{type(error).__name__}: {error}", {}
    finish({"steps": outcomes, "found": found})


def finish(answer):
    sys.stdout.flush()
    print("\n" + json.dumps(answer, sort_keys=True))


def move(old, new):
    subprocess.run(["mv", "-T", old, new], check=True)


def expect(expected, values):
    """The tool reads what was written a moment ago."""
    np.testing.assert_array_equal(np.asarray(values), expected)


def group(attributes):
    return {"kind": "group", "attributes": plain(attributes)}


def array(values, attributes, dimensions):
    """Values are told by the digest of their bytes: little-endian, in C order."""
    values = np.asarray(values)
    if values.dtype.kind in "OSUT":
        kind, data = "string", "\0".join(text(value) for value in values.ravel().tolist()).encode()
    else:
        kind, data = values.dtype.name, np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<"))).tobytes()
    return {
        "kind": "array",
        "shape": list(values.shape),
        "dtype": kind,
        "dimensions": None if dimensions is None else list(dimensions),
        "attributes": plain(attributes),
        "digest": hashlib.sha256(data).hexdigest(),
    }


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def plain(value):
    """Attributes as JSON that every parser takes."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
