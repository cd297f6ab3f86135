"""What the formats say of one array: fill value, names of the dimensions and attributes (docs/decisions/016 and the rules of FillAttribute).

A case of mapping_table.py was `written` as format 2 or 3. The names are attributes in v2."""
import numpy as np
from xarray.backends.zarr import FillValueCoder

DIMENSIONS, MASK = "_ARRAY_DIMENSIONS", "_FillValue"
MASKED = "biufc"  # the types of which xarray reads a _FillValue in v3


def v2_says(case, written):
    dtype, fill = case.values.dtype, case.fill
    if written == 2:
        return fill, None, {**case.attributes, **some(DIMENSIONS, case.names), **some(MASK, plain(case.mask, dtype))}
    if case.values.ndim and not is_named(case):
        return fill, None, {**case.attributes, **some(MASK, encoded(case.mask, dtype))}
    mask = some(MASK, plain(case.mask, dtype))
    if case.mask is not None and np.array(case.mask, dtype).tobytes() == np.array(fill, dtype).tobytes():
        mask = {}  # the fill value says it
    elif case.written in ((), np.s_[:None]) and dtype.kind in MASKED and (case.mask is not None or dtype.kind != "f" or not np.isnan(fill)):
        fill = None  # there are all chunks: it stands for nothing, and is no missing data (NaN is in both, unless there is a mask)
    return fill, None, {**case.attributes, DIMENSIONS: case.names or [], **mask}


def v3_says(case, written):
    dtype, mask = case.values.dtype, case.mask
    if written == 3:
        return case.fill, case.names or None, {**case.attributes, **some(MASK, encoded(mask, dtype))}
    fill = default(case) if case.fill is None else case.fill
    if not is_named(case):
        return fill, None, {**case.attributes, **some(DIMENSIONS, case.names), **some(MASK, plain(mask, dtype))}
    if mask is None and dtype.kind in MASKED:
        mask = case.fill
    return fill, case.names or None, {**case.attributes, **some(MASK, encoded(mask, dtype))}


def is_named(case):
    return case.names is not None and len(case.names) == case.values.ndim and None not in case.names


def default(case):
    """What stands in v3 for null."""
    dtype = case.values.dtype
    return np.array("NaT", dtype)[()] if dtype.kind in "mM" else {"string": "", "bytes": b""}.get(case.dtype, np.zeros((), dtype)[()])


def plain(mask, dtype):
    as_json = {"b": bool, "i": int, "u": int, "f": float, "c": lambda value: [float(value.real), float(value.imag)]}
    return None if mask is None else as_json[dtype.kind](dtype.type(mask))


def encoded(mask, dtype):
    return None if mask is None else FillValueCoder.encode(dtype.type(mask), dtype)


def some(name, value):
    return {} if value is None else {name: value}
