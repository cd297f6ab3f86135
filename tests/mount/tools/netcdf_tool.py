"""The scenario in netCDF's own terms: ncgen, ncdump and nccopy, netCDF4-python, and the C library itself where Python's modes are broken.

usage: netcdf_tool.py TURN DIRECTORY      TURN: 1 or 2

netCDF writes Zarr v2. A file of its own ("nczarr") is a group below the directory's root, or the root. Dimensions of one name have one
size in all of them: a netCDF that reads the whole directory has them once.
"""

import ctypes
import ctypes.util
import json
import os
import shutil
import subprocess
import sys

import netCDF4
import numpy as np

import readers
import scenario

turn, path = int(sys.argv[1]), sys.argv[2]
library = ctypes.CDLL(ctypes.util.find_library("netcdf") or "libnetcdf.so.22")
CDL = """netcdf ocean {
dimensions: t = 6; y = 4; x = 5;
variables:
  float sst(t, y, x); sst:units = "K"; sst:_FillValue = -1.f; sst:_ChunkSizes = 2, 2, 5;
  int n(t); n:_ChunkSizes = 4;
:title = "Ocean"; :count = 3;
data:
  sst = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, _, 12, 13, 14;
  n = 1, 2, 3, 4, 5, 6;
group: sub {
  dimensions: s = 6;
  variables: double v(s); v:long_name = "v";
  data: v = 1, 2, 3, 4, 5, 6.5;
  }
}
"""


def url(name=""):
    return f"file://{path}{name}#mode=nczarr,file"


def program(*command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def values(variable, name=""):
    with netCDF4.Dataset(url(name)) as dataset:
        dataset.set_auto_maskandscale(False)
        return dataset[variable][...]


class Opened:
    """nc_open for writing, of a file of its own, which the first turn makes. netCDF4-python deletes everything instead."""

    def __init__(self, name, fill_value=None):
        self.url = url(name)
        if not os.path.exists(f"{path}{name}"):
            with netCDF4.Dataset(self.url, "w") as dataset:
                dataset.title, dataset.history = "Ocean", "changed once"
                dataset.createDimension("t", 6)
                dataset.createVariable("n", "i4", ("t",), chunksizes=(4,), fill_value=fill_value)[:] = np.arange(1, 7)

    def __enter__(self):
        number = ctypes.c_int()
        self.call("nc_open", self.url.encode(), 1, ctypes.byref(number))
        self.file = number.value
        return self

    def __exit__(self, *_):
        self.call("nc_close", self.file)

    def call(self, name, *arguments):
        status = getattr(library, name)(*arguments)
        if status:
            library.nc_strerror.restype = ctypes.c_char_p
            raise RuntimeError(f"{name}: {library.nc_strerror(status).decode()}")

    def variable(self, name):
        number = ctypes.c_int()
        self.call("nc_inq_varid", self.file, name.encode(), ctypes.byref(number))
        return number.value


def sizes(*numbers):
    return (ctypes.c_size_t * len(numbers))(*numbers)


def create_with_ncgen():
    program("ncgen", "-4", "-lb", "-o", url(), text=CDL)


def read_with_ncdump():
    shown = program("ncdump", url())
    assert "n = 1, 2, 3, 4, 5, 6 ;" in shown and "v = 1, 2, 3, 4, 5, 6.5 ;" in shown and 'sst:units = "K"' in shown, shown


def write_what_was_closed():
    with Opened("/written") as file:
        data = np.full(6, 6 + turn, "i4")
        file.call("nc_put_var_int", file.file, file.variable("n"), data.ctypes.data_as(ctypes.c_void_p))
    scenario.expect(np.full(6, 6 + turn), values("n", "/written"))


def overwrite_what_was_closed():
    with Opened("/overwritten") as file:
        data = np.full(2, 76 + turn, "i4")
        file.call("nc_put_vara_int", file.file, file.variable("n"), sizes(3), sizes(2), data.ctypes.data_as(ctypes.c_void_p))
    scenario.expect([1, 2, 3, 76 + turn, 76 + turn, 6], values("n", "/overwritten"))


def add_an_attribute():
    with Opened("/longer") as file:
        file.call("nc_put_att_text", file.file, -1, b"comment%d" % turn, ctypes.c_size_t(7), b"changed")
    assert netCDF4.Dataset(url("/longer")).getncattr(f"comment{turn}") == "changed"


def change_an_attribute():
    with Opened("/longer") as file:
        file.call("nc_put_att_text", file.file, -1, b"title", ctypes.c_size_t(5), b"Ozean")
    assert netCDF4.Dataset(url("/longer")).title == "Ozean"


def is_json(name):
    """For others: netCDF writes over a document in place and leaves the old end of a longer one, which 4.9 does not see."""
    for folder in (path + name, f"{path}{name}/n"):
        for document in (".zgroup", ".zarray", ".zattrs"):
            if os.path.exists(f"{folder}/{document}"):
                with open(f"{folder}/{document}") as file:
                    json.load(file)


def shorten_an_attribute():
    expected = ("changed", "c")[turn - 1]
    with Opened("/shorter") as file:
        file.call("nc_put_att_text", file.file, -1, b"history", ctypes.c_size_t(len(expected)), expected.encode())
    is_json("/shorter")
    assert netCDF4.Dataset(url("/shorter")).history == expected


def delete_an_attribute():
    name = ("history", "title")[turn - 1]
    with Opened("/deleted") as file:
        file.call("nc_del_att", file.file, -1, name.encode())
    is_json("/deleted")
    assert name not in netCDF4.Dataset(url("/deleted")).ncattrs()


def change_what_has_a_fill_value():
    with Opened("/filled", fill_value=-1) as file:
        file.call("nc_put_att_text", file.file, -1, b"title", ctypes.c_size_t(5), b"Ozean")
    is_json("/filled")
    scenario.expect([1, 2, 3, 4, 5, 6], values("n", "/filled"))


def append():
    """An unlimited dimension is the way that netCDF has."""
    with netCDF4.Dataset(url("/growing"), "w") as dataset:
        dataset.createDimension("g", None)
        dataset.createVariable("v", "i4", ("g",), chunksizes=(4,))[:] = np.arange(10)
    scenario.expect(np.arange(10), values("v", "/growing"))


def append_to_what_was_closed():
    with Opened("/growing") as file:
        data = np.arange(10, 17, dtype="i4")
        file.call("nc_put_vara_int", file.file, file.variable("v"), sizes(10), sizes(7), data.ctypes.data_as(ctypes.c_void_p))
    scenario.expect(np.arange(17), values("v", "/growing"))


def shrink():
    """It has no call for it; what it says of an attempt in Python."""
    with Opened("/overwritten"):
        with netCDF4.Dataset(url("/overwritten")) as dataset:
            dataset.dimensions["t"].size = 3
    assert values("n", "/overwritten").shape == (3,)


def consolidate():
    program("nccopy", url("/python"), f"file://{path}/consolidated#mode=nczarr,file,consolidated")
    with open(f"{path}/consolidated/.zmetadata") as document:
        assert "v/.zarray" in document.read()


def create_write_and_overwrite_with_python():
    for start in (100, turn - 1):  # the second goes over the first
        with netCDF4.Dataset(url("/python"), "w") as dataset:
            dataset.createDimension("p", 10)
            variable = dataset.createVariable("v", "i4", ("p",), chunksizes=(4,), fill_value=-1)
            variable.units = "m"
            variable[:] = np.arange(start, start + 10)
            variable[3:5] = 55
    scenario.expect([turn - 1, turn, turn + 1, 55, 55, *range(turn + 4, turn + 9)], values("v", "/python"))


def write_again_after_a_sync():
    with netCDF4.Dataset(url("/synced"), "w") as dataset:
        dataset.createDimension("s10", 10)
        variable = dataset.createVariable("v", "i4", ("s10",), chunksizes=(4,), fill_value=-1)
        variable[:] = np.arange(10)
        dataset.sync()
        variable[5:7] = 9
    scenario.expect([0, 1, 2, 3, 4, 9, 9, 7, 8, 9], values("v", "/synced"))


def change_with_mode_a():
    with netCDF4.Dataset(url("/appended"), "w") as dataset:
        dataset.createDimension("t", 10)
        dataset.createVariable("v", "i4", ("t",))[:] = 1
    with netCDF4.Dataset(url("/appended"), "a") as dataset:
        dataset["v"][3] = 5


def copy_with_nccopy():
    source = f"/tmp/copied-{os.getpid()}.nc"
    program("nccopy", url("/python"), source)
    program("nccopy", source, url("/copied"))
    os.unlink(source)
    scenario.expect(values("v", "/python"), values("v", "/copied"))


def compress():
    with netCDF4.Dataset(url("/compressed"), "w") as dataset:
        dataset.createDimension("t", 10)
        dataset.createVariable("v", "i4", ("t",), compression="zlib")[:] = 1
    with open(f"{path}/compressed/v/.zarray") as document:
        assert '"compressor": null' not in document.read(), "nothing is compressed"


def move_by_itself():
    with Opened("/renamed") as file:
        file.call("nc_redef", file.file)
        file.call("nc_rename_var", file.file, file.variable("n"), b"number")
    scenario.expect([1, 2, 3, 4, 5, 6], values("number", "/renamed"))
    assert not os.path.exists(f"{path}/renamed/n"), "the old variable is still there"


def move():
    old, new = (("copied", "moved"), ("moved", "moved_again"))[turn - 1]
    scenario.move(f"{path}/{old}", f"{path}/{new}")
    assert values("v", f"/{new}")[3] == 55


def delete():
    """netCDF deletes attributes only. What it has spoilt goes, too: beside that nothing could be read."""
    for name in ("appended", "compressed", "renamed", "shorter", "deleted", "filled", ("synced", "python")[turn - 1]):
        shutil.rmtree(f"{path}/{name}")


def reopen():
    shown = program("ncdump", url())
    assert 'title = "Ocean"' in shown and "11, 12" not in shown and "12, 13, 14" in shown, shown


changes = [write_what_was_closed, overwrite_what_was_closed, add_an_attribute, shorten_an_attribute, delete_an_attribute, shrink]
changes += [create_write_and_overwrite_with_python, write_again_after_a_sync, change_with_mode_a, copy_with_nccopy, compress, consolidate]
changes += [change_what_has_a_fill_value, move_by_itself, move, delete, reopen]
first = [create_with_ncgen, read_with_ncdump, append]
scenario.run([*first, *changes] if turn == 1 else [change_an_attribute, append_to_what_was_closed, *changes], lambda: readers.netcdf(path))
