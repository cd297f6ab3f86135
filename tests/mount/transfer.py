"""Writes arrays of many kinds with zarr-python, and prints what is in a directory: to be compared before and after a way through a repository.

usage: transfer.py write2|write3|read DIRECTORY
"""
import hashlib
import json
import sys
import warnings

import numpy as np
import numcodecs
import zarr

warnings.simplefilter("ignore")


def write(folder, version):
    root = zarr.open_group(folder, mode="w", zarr_format=version, attributes={"title": "Ozean 🌊", "missing": float("nan")})
    inner = root.create_group("atlantic")
    numbers = np.arange(42).reshape(6, 7)
    for dtype in ("|b1", "|i1", "<u2", ">i4", "<i8", "<u8", "<f4", ">f8", "<c16", "|S3", "<U4", "<M8[s]"):
        data = numbers.astype("<i8").astype(dtype) if dtype != "|b1" else numbers % 2 == 0
        make(inner, version, "type" + dtype.strip("<>|").replace("[", "").replace("]", ""), data)
    data = numbers.astype("<f4")
    if version == 2:
        numbered = [
            ("gzip", numcodecs.GZip(3)), ("zlib", numcodecs.Zlib(3)), ("zstd", numcodecs.Zstd(3)), ("none", None),
            ("blosc", numcodecs.Blosc("lz4", 5, numcodecs.Blosc.SHUFFLE)), ("bits", numcodecs.Blosc("zstd", 1, numcodecs.Blosc.BITSHUFFLE)),
        ]
        for name, compressor in numbered:
            make(inner, 2, name, data, compressors=compressor)
        make(inner, 2, "fortran", data, order="F")
        make(inner, 2, "slash", data, chunk_key_encoding={"name": "v2", "separator": "/"})
        make(inner, 2, "filtered", data, filters=[numcodecs.Delta("<f4")], compressors=numcodecs.Zlib(1))
    else:
        codecs = zarr.codecs
        for name, compressor in (("gzip", codecs.GzipCodec()), ("zstd", codecs.ZstdCodec()), ("blosc", codecs.BloscCodec())):
            make(inner, 3, name, data, compressors=[compressor])
        make(inner, 3, "checked", data, compressors=[codecs.GzipCodec(), codecs.Crc32cCodec()])
        make(inner, 3, "reversed", data, filters=[codecs.TransposeCodec(order=(1, 0))])
        inner.create_array("sharded", data=data, chunks=(2, 2), shards=(4, 4))
    scalar = root.create_array("scalar", shape=(), dtype="<f8", fill_value=np.nan)
    scalar[()] = 1.5


def make(group, version, name, data, **settings):
    group.create_array(name, data=data, chunks=(4, 3), attributes={"units": "K"}, **settings)


def attributes_of(node):
    """Without those that one of the formats does not show: names of dimensions, and what v3 keeps of v2."""
    return {name: value for name, value in dict(node.attrs).items() if name != "_ARRAY_DIMENSIONS" and not name.startswith("_zarr_v2_")}


def read(folder):
    found = {}
    root = zarr.open_group(folder, mode="r")
    for path, array in sorted(root.members(max_depth=None)):
        if isinstance(array, zarr.Array):
            values = np.ascontiguousarray(array[...])
            values = values.astype(values.dtype.newbyteorder("<"))
            found[path] = [list(array.shape), values.dtype.str, hashlib.sha256(values.tobytes()).hexdigest(), str(array.fill_value), attributes_of(array)]
        else:
            found[path] = [attributes_of(array)]
    print(json.dumps(found, sort_keys=True))


if __name__ == "__main__":
    if sys.argv[1] == "read":
        read(sys.argv[2])
    else:
        write(sys.argv[2], int(sys.argv[1][-1]))
