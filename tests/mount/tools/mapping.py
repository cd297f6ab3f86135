"""Random arrays over the whole table of what Zarr v2 and v3 can both express.

  mapping.py write SEED COUNT V2_GROUP V3_GROUP    makes COUNT arrays of format 2 in the one group and of format 3 in the other
  mapping.py digest GROUP...                       prints what is in each group as one JSON object: dtype, shape, attributes, a digest of the values
"""
import hashlib
import json
import random
import sys
import warnings

import numpy as np
import zarr

warnings.simplefilter("ignore")

NO_FILL = "undefined_"  # what was never written has no value, and each tool makes up its own
HIDDEN = {"_ARRAY_DIMENSIONS", "_FillValue", "_zarr_v2_fill_value", "_zarr_v2_members", "_zarr_v2_attributes"}
RECORD = np.dtype([("a", "<i4"), ("b", "<f8"), ("s", "S3"), ("u", "<U2"), ("c", "<c8")])
TYPES = [
    ("bool", [False, True]), ("i1", [0, -3]), ("u1", [7]), ("<i2", [-5]), (">i4", [9, 0]), ("<i8", [-(2**63)]), ("<u8", [2**64 - 1]),
    ("<f2", [0.5]), ("<f4", [0.1, np.nan]), (">f8", [np.inf, -np.inf, 1e300]), ("<c8", [1 + 2j, complex(np.nan, 1)]), (">c16", [0j]),
    ("S5", [b"", b"ab"]), ("<U3", ["", "ä"]), (">U3", ["b"]), ("V4", [np.void(b"abcd")]),
    ("<M8[ns]", [np.datetime64(5, "ns"), np.datetime64("NaT", "ns")]), (">m8[10s]", [np.timedelta64(5, "10s")]), ("string", ["", "ä"]),
    (RECORD, [np.array((1, 2.5, b"x", "y", 1j), RECORD)[()]]),
]


def kind(dtype):
    return "T" if dtype == "string" else np.dtype(dtype).kind


def values(dtype, shape, rng):
    n = int(np.prod(shape))
    numbers = np.array([rng.randrange(2**31) for _ in range(n)], "i8")
    if dtype == "string":
        texts = ["", "ä€😀", "x" * 50, 'a"b']
        return np.array([texts[i % 4] for i in numbers], dtype=np.dtypes.StringDType()).reshape(shape)
    dtype = np.dtype(dtype)
    if dtype.names:
        result = np.zeros(n, dtype)
        for field in dtype.names:
            result[field] = values(dtype[field], (n,), rng)
    elif dtype.kind in "SU":
        result = np.array(["ab", "c", ""])[numbers % 3].astype(dtype)
    elif dtype.kind == "V":
        result = np.frombuffer(rng.randbytes(n * dtype.itemsize), dtype=dtype)
    elif dtype.kind in "Mm":
        result = np.where(numbers % 4 == 0, np.iinfo("i8").min, numbers).view(dtype.newbyteorder("=")).astype(dtype)
    elif dtype.kind in "fc":
        result = np.where(numbers % 5 == 0, np.nan, numbers / 2**20).astype(dtype)
    else:
        result = numbers.astype(dtype)
    return result.reshape(shape)


def compressors(format, rng):
    import numcodecs as n
    import numcodecs.zarr3 as n3
    import zarr.codecs as z

    if format == 2:
        return rng.choice([None, n.GZip(3), n.Zlib(2), n.Zstd(1), n.LZ4(), n.BZ2(1), n.LZMA(preset=1), n.Blosc("zstd", 3, 2), n.Blosc("lz4", 3, 0),
                           n.Blosc("lz4hc", 3, -1), n.Blosc("zlib", 3, 1)])
    return rng.choice([None, z.GzipCodec(level=1), z.ZstdCodec(level=1), z.BloscCodec(cname="lz4", shuffle="shuffle"),
                       z.BloscCodec(cname="zstd", shuffle="bitshuffle"), n3.Zlib(level=1), n3.LZ4(), n3.BZ2(level=1)])


def filters(dtype, rng):
    import numcodecs as n

    return rng.choice([None, [n.Delta(dtype)], [n.Shuffle(4)], [n.CRC32()], [n.Delta(dtype), n.Shuffle(2), n.Adler32()]])


def write_array(group, name, format, rng):
    import zarr.codecs as z

    dtype, fills = rng.choice(TYPES)
    shape, chunks = rng.choice([((), ()), ((7,), (3,)), ((5, 6), (2, 4)), ((3, 4, 5), (2, 2, 3))])
    dimensions = [f"d{i}" for i in range(len(shape))]
    attributes = rng.choice([{}, {"a": [1, 2.0], "ü": "é", "big": 2**64 - 1}, {"_ARRAY_DIMENSIONS": dimensions} if format == 2 else {"n": None}])
    settings = dict(name=name, shape=shape, dtype=dtype if dtype == "string" else np.dtype(dtype), fill_value=rng.choice(fills), attributes=attributes,
                    compressors=compressors(format, rng))
    if chunks:
        settings["chunks"] = chunks
    if format == 2:
        settings["fill_value"] = rng.choice([settings["fill_value"], None])
        settings["order"] = rng.choice("CF")
        settings["chunk_key_encoding"] = {"name": "v2", "separator": rng.choice("./")}
        if kind(dtype) in "iuf" and np.dtype(dtype).itemsize >= 4:
            settings["filters"] = filters(np.dtype(dtype).str, rng)
    else:
        settings["chunk_key_encoding"] = {"name": rng.choice(["default", "v2"]), "separator": rng.choice("./")}
        if shape:
            settings["dimension_names"] = rng.choice([None, dimensions, ["q"] + [None] * (len(shape) - 1)])
        if dtype != "string" and len(shape) > 1 and rng.random() < 0.5:
            settings["filters"] = [z.TransposeCodec(order=tuple(range(len(shape)))[::-1])]
        if dtype != "string" and np.dtype(dtype).str[0] == ">":
            settings["serializer"] = z.BytesCodec(endian="big")
    if settings["fill_value"] is None:
        settings["name"] = NO_FILL + name
    array = group.create_array(**settings)
    written = values(dtype, shape, rng)
    if shape == ():
        array[...] = written
    else:
        array[: written_rows(shape)] = written[: written_rows(shape)]


def written_rows(shape):
    return max(1, shape[0] - 2)


def write(seed, count, *roots):
    zarr.config.set({"array.write_empty_chunks": True})  # a chunk that is left out has no value where there is no fill value
    for format, root in zip((2, 3), roots):
        rng = random.Random(f"{seed} {format}")
        group = zarr.open_group(root, mode="w", zarr_format=format)
        for i in range(int(count)):
            write_array(group, f"a{i:03}", format, rng)


def canonical(a):
    if a.dtype.names:
        return "|".join(canonical(a[field]) for field in a.dtype.names)
    if a.dtype.kind in "OT":
        return json.dumps([str(text) for text in a.ravel()])
    a = a.astype(a.dtype.newbyteorder("="))
    if a.dtype.kind in "fc":
        a = np.where(np.isnan(a), np.nan, a).astype(a.dtype)
    return a.dtype.str[1:] + hashlib.sha256(np.ascontiguousarray(a).tobytes()).hexdigest()


def digest(*roots):
    everything = {}
    for root in roots:
        group = zarr.open_group(root, mode="r")
        for name, array in group.arrays():
            try:
                a = np.asarray(array[...], dtype=array.dtype)  # zarr-python 3 gives a scalar for an array without dimensions
                if name.startswith(NO_FILL) and array.shape:
                    a = a[: written_rows(array.shape)]
                attributes = {k: v for k, v in dict(array.attrs).items() if k not in HIDDEN}
                seen = [list(array.shape), canonical(a), attributes]
            except Exception as e:  # the tool cannot read it: that is an answer, too
                seen = [type(e).__name__, str(e)[:200]]
            everything.setdefault(name, {})[root] = seen
    print(json.dumps(everything, sort_keys=True))  # the order of attributes means nothing


if __name__ == "__main__":
    {"write": write, "digest": digest}[sys.argv[1]](*sys.argv[2:])
