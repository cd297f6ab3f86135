"""Whether arrays are in both formats what was written (mapping_table.py has the arrays, mapping_rules.py what each format says of them).

  mapping.py write SEED COUNT V2_GROUP CONTROL V3_GROUP CONTROL   makes the arrays of format 2 and those of format 3, each twice. Prints which
      zarr-python cannot do in the control group, a plain directory, and of all others, from memory, what a reader has to find in each format.
  mapping.py read GROUP...                                        prints what a reader finds, in zarr-python 3 or 2.
  mapping.py consolidate GROUP...                                 puts copies of the arrays' documents into the groups'; prints how many are there.
"""
import hashlib
import json
import os
import shutil
import sys
import warnings

import numpy as np
import zarr

warnings.simplefilter("ignore")


def write(seed, count, *groups):
    import mapping_rules
    import mapping_table

    zarr.config.set({"array.write_empty_chunks": True})  # a chunk that is left out has no value where there is no fill value
    says = {2: mapping_rules.v2_says, 3: mapping_rules.v3_says}
    expected, refused = {}, {}
    for format, paths in ((2, groups[:2]), (3, groups[2:])):
        mounted, control = (zarr.open_group(path, mode="w", zarr_format=format) for path in paths)
        for case in mapping_table.cases(format, seed, int(count)):
            name = f"{format}/{case.name}"
            wanted = {face: shown(stored(case), *says[face](case, format)) for face in says}
            try:
                make(control, case, *says[format](case, format))
                assert look(control, case.name) == wanted[format], "it reads something else than was written"
            except Exception as e:
                refused[name] = said(e)
            else:
                make(mounted, case, *says[format](case, format))
                expected[name] = wanted
    for name in refused:  # not before: other threads have gone on to write its chunks
        shutil.rmtree(f"{groups[1] if name[0] == '2' else groups[3]}/{name[2:]}")
    print(json.dumps({"expected": expected, "refused": refused}))


def make(group, case, fill, names, attributes):
    names = {} if names is None else {"dimension_names": names}
    array = group.create_array(case.name, fill_value=fill, attributes=attributes, **names, **case.settings)
    array[case.written] = case.values[case.written]


def stored(case):
    values = case.values.copy()
    if case.fill is not None:
        values[...] = case.fill
        values[case.written] = case.values[case.written]
    return values


def read(*paths):
    found = {}
    for path in paths:
        group = zarr.open_group(path, mode="r")
        found[path] = {name: look(group, name) for name in os.listdir(path) if name[0] != "." and name != "zarr.json"}
    print(json.dumps(found))


def consolidate(*paths):
    for path in paths:
        zarr.consolidate_metadata(path)
    print(json.dumps({path: len(list(zarr.open_group(path, mode="r", use_consolidated=True))) for path in paths}))


def look(group, name):
    try:
        array = group[name]
        attributes, names = dict(array.attrs), None
        if hasattr(array, "metadata") and array.metadata.zarr_format == 3:
            names = list(array.metadata.dimension_names or []) or None
            attributes = {key: value for key, value in attributes.items() if not key.startswith("_zarr_v2_")}
        values = np.asarray(array[...], dtype=array.dtype)  # zarr-python 3 gives a scalar for an array without dimensions
        return shown(values, array.fill_value, names, attributes)
    except Exception as e:
        return said(e)


def shown(values, fill, names, attributes):
    """An array as one text, in which the order of attributes means nothing and 1 is not 1.0."""
    dtype = values.dtype if values.dtype.kind not in "OT" else np.dtype(object)
    fill = None if fill is None else digest(np.array([fill], dtype))
    return json.dumps([str(dtype.newbyteorder("=")), list(values.shape), "fill", fill, "names", names, attributes, digest(values)], sort_keys=True)


def digest(values):
    """Of the bits, so that one NaN is not another, nor 0 -0; in the byte order of this machine."""
    if values.dtype.names:
        return "|".join(digest(values[field]) for field in values.dtype.names)
    if values.dtype.kind in "OT":
        return json.dumps([value.hex() if isinstance(value, bytes) else str(value) for value in values.ravel()])
    return hashlib.sha256(values.astype(values.dtype.newbyteorder("=")).tobytes()).hexdigest()[:16]


def said(exception):
    return f"{type(exception).__name__}: {exception}"[:200]


if __name__ == "__main__":
    {"write": write, "read": read, "consolidate": consolidate}[sys.argv[1]](*sys.argv[2:])
