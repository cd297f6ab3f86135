"""What Zarr v2 and v3 can both express (zarr-tools.md section 3), as arrays to make: all of the table, and random combinations.

pcodec and zfpy are missing: neither is in a numcodecs of Debian."""
import itertools
import random
from collections import namedtuple

import numcodecs
import numpy as np
import zarr

# `fill` is None for null, which only v2 has. Of `values` the part `written` is written, all of them where there is no fill value. `names` are those
# of the dimensions; some have no place in the other format. `mask` is the attribute _FillValue, as a value. A name says what is in it.
Case = namedtuple("Case", "name dtype fill values written names mask attributes settings")

NAN, INF = np.nan, np.inf
FILLS = {
    "b1": [False, True], "i1": [0, -3], "u1": [7], "i2": [-5], "u2": [2**16 - 1], "i4": [0, -7], "u4": [2**32 - 1], "i8": [-(2**63)],
    "u8": [2**64 - 1], "f2": [0.5, NAN], "f4": [0.1, NAN, INF],
    "f8": [0.0, -0.0, NAN, INF, -INF, 1e300], "c8": [1 + 2j, complex(NAN, 1), complex(2, NAN)], "c16": [0j, complex(-INF, 0.1)],
    "S5": [b"", b"ab"], "U3": ["", "ä"], "V4": [np.void(b"abcd")],
    "M8[ns]": [np.datetime64(5, "ns"), np.datetime64("NaT", "ns")], "m8[10s]": [np.timedelta64(5, "10s"), np.timedelta64("NaT", "10s")],
}
VARIABLE = {
    "string": (zarr.dtype.VariableLengthUTF8(), numcodecs.VLenUTF8(), ["", "ä"]),
    "bytes": (zarr.dtype.VariableLengthBytes(), numcodecs.VLenBytes(), [b"", b"\xff\0a"]),
}
LITTLE = [np.dtype("<" + name) for name in FILLS]
BIG = [dtype.newbyteorder(">") for dtype in LITTLE if dtype.newbyteorder(">") != dtype]
RECORDS = [np.dtype([("a", "i4"), ("b", "f8"), ("s", "S3"), ("u", "U2"), ("c", "c8")]).newbyteorder(order) for order in "<>"]
TYPES = [  # with their fill values; those of variable length by name
    *((dtype, FILLS[dtype.str[1:]]) for dtype in LITTLE + BIG),
    *((dtype, [np.array((1, 2.5, b"x", "y", 1j), dtype)[()]]) for dtype in RECORDS),
    *((name, fills) for name, (_, _, fills) in VARIABLE.items()),
]
SHAPES = [((7,), (3,)), ((5, 6), (2, 4)), ((3, 4, 5), (2, 2, 3)), ((), ())]
ATTRIBUTES = [{}, {"a": [1, 2.0], "ü": "é", "big": 2**64 - 1}, {"n": None, "nan": NAN, "o": {"z": -0.0, "a": []}}]

ON_ELEMENTS = {  # the types that they are for, and their settings
    "delta": ("iuf", lambda dtype: {"dtype": dtype}),
    "astype": ("iuf", lambda dtype: {"encode_dtype": dtype[0] + "i2", "decode_dtype": dtype}),
    "bitround": ("f", lambda dtype: {"keepbits": 9}),
    "quantize": ("f", lambda dtype: {"digits": 2, "dtype": dtype}),
    "fixedscaleoffset": ("f", lambda dtype: {"offset": 1, "scale": 2, "dtype": dtype, "astype": "<i4"}),
    "packbits": ("b", lambda dtype: {}),
}
ON_BYTES = {
    "shuffle": {"elementsize": 2}, "crc32": {}, "crc32c": {}, "adler32": {}, "fletcher32": {}, "jenkins_lookup3": {"initval": 3, "prefix": None},
}
SHUFFLES = {"noshuffle": 0, "shuffle": 1, "bitshuffle": 2}
COMPRESSORS = {
    "gzip": {"level": 1}, "zlib": {"level": 2}, "zstd": {"level": 1}, "zstd-checksum": {"level": 1, "checksum": True}, "lz4": {"acceleration": 1},
    "bz2": {"level": 1}, "lzma": {"format": 1, "check": -1, "preset": 1, "filters": None},
    **{f"blosc-{cname}-{shuffle}": {"cname": cname, "clevel": 3, "shuffle": shuffle, "blocksize": 0}
       for cname in ["blosclz", "lz4", "lz4hc", "zlib", "zstd"] for shuffle in SHUFFLES},
}
LONGER = [["gzip", "crc32c"], ["delta", "shuffle", "zlib"], ["shuffle", "blosc-lz4-shuffle"]]
NAMED_IN_V3 = {"blosc", "gzip", "zstd", "crc32c"}


def fits(name, dtype):
    """Whether there is such a filter on elements for that type."""
    return dtype not in VARIABLE and dtype.kind in ON_ELEMENTS[name][0] and (dtype.itemsize > 2 or dtype.kind == "b")


def cases(format, seed, count):
    """The arrays of one format: every type with every fill value and separator, every codec, and as many random ones."""
    number = itertools.count()

    def case(what, dtype, fill, chain, rng):
        i = next(number)
        title = dtype if dtype in VARIABLE else "record" if dtype.names else dtype.str.translate({60: "", 124: "", 62: "big-", 91: "-", 93: ""})
        return make(format, "-".join([f"{i:03}", what, title, *chain]), dtype, fill, chain, "./"[i % 2], "CF"[i // 2 % 2], rng)

    fixed = random.Random(format)
    null = [None] * (format == 2)
    for dtype, fills in TYPES:
        for (i, fill), _ in itertools.product(enumerate(fills + null), range(2)):
            yield case("null" if fill is None else f"fill{i}", dtype, fill, [], fixed)
    for chain in [[name] for name in [*ON_ELEMENTS, *ON_BYTES, *COMPRESSORS]] + LONGER:
        for name in ["?"] if chain == ["packbits"] else ["<f4", ">f4", "<f8", ">f8"] if chain[0] in ON_ELEMENTS else ["<f4", ">i4"]:
            yield case("codec", np.dtype(name), 1, chain, fixed)
    rng = random.Random(f"{seed} {format}")
    for _ in range(count):
        dtype, fills = rng.choice(TYPES)
        parts = [name for name in ON_ELEMENTS if fits(name, dtype)], list(ON_BYTES), list(COMPRESSORS)
        chain = [rng.choice(part) for part in parts if part and rng.random() < 0.6]
        i, fill = (0, 1) if set(chain) & set(ON_ELEMENTS) else rng.choice(list(enumerate(fills + null)))
        yield case(f"random-fill{i}", dtype, fill, chain, rng)


def make(format, name, dtype, fill, chain, separator, order, rng):
    shape, chunks = rng.choice(SHAPES[:3] if dtype == "bytes" else SHAPES)  # zarr-python writes no bytes without dimensions
    dimensions = [f"d{i}" for i in range(len(shape))]
    unmatched = dimensions + ["more"] if format == 2 else ["q"] + [None] * (len(shape) - 1)
    names = rng.choice([None, dimensions, dimensions, unmatched if shape else None])
    mask = rng.choice([None, None, 1, fill]) if dtype not in VARIABLE and dtype.kind in "biufc" else None
    rows = shape[0] - 2 if shape and fill is not None and rng.random() < 0.7 else None
    is_big = dtype not in VARIABLE and dtype != dtype.newbyteorder("<")
    if format == 3 and is_big:
        dtype = dtype.newbyteorder("<")  # the order of the bytes is a codec's
    encoding = "v2" if format == 2 else rng.choice(["default", "v2"])
    settings = codecs_of_v2(dtype, chain, order) if format == 2 else codecs_of_v3(dtype, is_big, chain, order, len(shape))
    settings |= {"chunk_key_encoding": {"name": encoding, "separator": separator}}
    settings |= {"shape": shape, "dtype": VARIABLE[dtype][0] if dtype in VARIABLE else dtype, **({"chunks": chunks} if shape else {})}
    content = values(dtype, shape, rng, exact=set(chain) & set(ON_ELEMENTS))
    return Case(name, dtype, fill, content, np.s_[:rows] if shape else (), names, mask, dict(rng.choice(ATTRIBUTES)), settings)


def described(dtype, chain):
    for name in chain:
        yield name.split("-")[0], ON_ELEMENTS[name][1](dtype.str) if name in ON_ELEMENTS else (ON_BYTES | COMPRESSORS)[name]


def codecs_of_v2(dtype, chain, order):
    """The last codec is called the compressor, if it is one; all else are filters."""
    steps = [VARIABLE[dtype][1]] if dtype in VARIABLE else []
    for id, config in described(dtype, chain):
        steps.append(numcodecs.get_codec({"id": id, **config, **({"shuffle": SHUFFLES[config["shuffle"]]} if id == "blosc" else {})}))
    compressor = steps.pop() if chain and (chain[-1] in COMPRESSORS or chain[-1] == "crc32c") else None
    return {"order": order, "filters": steps or None, "compressors": compressor}


def codecs_of_v3(dtype, is_big, chain, order, rank):
    transpose = [{"name": "transpose", "configuration": {"order": list(range(rank))[::-1]}}] if order == "F" and rank > 1 else []
    names = [{"name": id if id in NAMED_IN_V3 else f"numcodecs.{id}", "configuration": config} for id, config in described(dtype, chain)]
    first = sum(name in ON_ELEMENTS for name in chain)
    serializer = {"serializer": {"name": "bytes", "configuration": {"endian": "big"}}} if is_big else {}
    return {"filters": transpose + names[:first], "compressors": names[first:], **serializer}


def values(dtype, shape, rng, exact):
    """Random values; small whole numbers where a filter keeps no others."""
    count = int(np.prod(shape))
    numbers = np.array([rng.randrange(100 if exact else 2**31) for _ in range(count)], "i8")
    if dtype in VARIABLE:
        result = np.array(["", "ä€😀", "x" * 50, 'a"b'] if dtype == "string" else [b"", b"\0\xff", b"x" * 50, b"a"], object)[numbers % 4]
    elif dtype.names:
        result = np.zeros(count, dtype)
        for field in dtype.names:
            result[field] = values(dtype[field], (count,), rng, exact)
    elif dtype.kind in "SU":
        result = np.array(["ab", "c", ""])[numbers % 3].astype(dtype)
    elif dtype.kind == "V":
        result = np.frombuffer(rng.randbytes(count * dtype.itemsize), dtype=dtype)
    elif dtype.kind in "Mm":
        result = np.where(numbers % 4 == 0, np.iinfo("i8").min, numbers).view(dtype.newbyteorder("=")).astype(dtype)
    elif dtype.kind in "fc" and not exact:
        result = np.where(numbers % 5 == 0, np.nan, numbers / 2**20).astype(dtype)
        if dtype.kind == "c":
            result.imag = numbers[::-1] % 7
    else:
        result = numbers.astype(dtype)
    return result.reshape(shape)
