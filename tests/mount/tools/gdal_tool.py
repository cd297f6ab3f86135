"""The scenario in GDAL's own terms: the multidimensional API, the classic one, and gdal_translate.

usage: gdal_tool.py FORMAT DIRECTORY      FORMAT: 3 or 2
"""

import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np
from osgeo import gdal

import readers
import scenario

version, path = sys.argv[1:]
gdal.UseExceptions()
FIELD = np.arange(600, dtype="f4").reshape(20, 30)
SOURCE = f"/tmp/source-{os.getpid()}.tif"
FLOAT, INT = gdal.GDT_Float32, gdal.GDT_Int32


def opened(update=True):
    return gdal.OpenEx(path, gdal.OF_MULTIDIM_RASTER | (gdal.OF_UPDATE if update else 0))


def values(name):
    """A path of an array, in a dataset that is opened for it."""
    dataset = opened(update=False)
    return dataset.GetRootGroup().OpenMDArrayFromFullname(f"/{name}").ReadAsArray()


def forget_consolidated_metadata():
    """It would hide what others changed."""
    pathlib.Path(f"{path}/.zmetadata").unlink(missing_ok=True)


def attribute(owner, name, value):
    kind = gdal.ExtendedDataType.CreateString() if isinstance(value, str) else gdal.ExtendedDataType.Create(gdal.GDT_Float64)
    size = [] if isinstance(value, (str, int, float)) else [len(value)]
    owner.CreateAttribute(name, size, kind).Write(value)


def create_anew():
    return gdal.GetDriverByName("Zarr").CreateMultiDimensional(path, [], [f"FORMAT=ZARR_V{version}"])


def create_where_a_directory_is():
    create_anew()


def create():
    """It wants to make the directory itself."""
    os.rmdir(path)
    dataset = create_anew()
    root = dataset.GetRootGroup()
    attribute(root, "title", "Ocean")
    atlantic = root.CreateGroup("atlantic")
    atlantic.CreateGroup("deep")
    y, x = atlantic.CreateDimension("y", "", "", 20), atlantic.CreateDimension("x", "", "", 30)
    temperature = atlantic.CreateMDArray("temperature", [y, x], gdal.ExtendedDataType.Create(FLOAT), ["BLOCKSIZE=10,10"])
    temperature.SetNoDataValueDouble(-1)
    temperature.SetUnit("K")
    attribute(temperature, "long_name", "Temperatur 🌊")
    n = atlantic.CreateDimension("n", "", "", 100)
    atlantic.CreateMDArray("count", [n], gdal.ExtendedDataType.Create(INT), ["BLOCKSIZE=10", "COMPRESS=GZIP"]).SetNoDataValueDouble(0)
    old = root.CreateGroup("old")
    gone = old.CreateMDArray("gone", [old.CreateDimension("g", "", "", 4)], gdal.ExtendedDataType.Create(INT))
    gone.SetNoDataValueDouble(0)
    gone.Write(np.ones(4, "i4"))


def attributes():
    dataset = opened()
    root = dataset.GetRootGroup()
    attribute(root, "count", 3)
    attribute(root, "list", [1, 2, 3])
    attribute(root.OpenGroup("atlantic"), "depth", 5000)


def write():
    dataset = opened()
    atlantic = dataset.GetRootGroup().OpenGroup("atlantic")
    atlantic.OpenMDArray("temperature").Write(FIELD)
    atlantic.OpenMDArray("count").Write(np.arange(100, dtype="i4"))
    del atlantic, dataset
    scenario.expect(FIELD, values("atlantic/temperature"))


def overwrite():
    dataset = opened()
    atlantic = dataset.GetRootGroup().OpenGroup("atlantic")
    atlantic.OpenMDArray("temperature").Write(np.full((10, 10), -2, "f4"), array_start_idx=[5, 5])
    atlantic.OpenMDArray("count").Write(np.array([10**9], "i4"), array_start_idx=[33])
    del atlantic, dataset
    assert values("atlantic/temperature")[14, 14] == -2 and values("atlantic/count")[33] == 10**9


def overwrite_in_the_session_that_creates():
    dataset = opened()
    root = dataset.GetRootGroup()
    array = root.CreateMDArray("twice", [root.CreateDimension("t", "", "", 8)], gdal.ExtendedDataType.Create(INT), ["BLOCKSIZE=4"])
    if version == "3":
        array.SetNoDataValueDouble(0)  # without it the fill value is null, which v3 does not allow
    array.Write(np.arange(8, dtype="i4"))
    array.Write(np.array([77], "i4"), array_start_idx=[5])
    del array, root, dataset
    scenario.expect([0, 1, 2, 3, 4, 77, 6, 7], values("twice"))


def append():
    dataset = opened()
    count = dataset.GetRootGroup().OpenMDArrayFromFullname("/atlantic/count")
    count.Resize([125])
    count.Write(np.full(15, 5, "i4"), array_start_idx=[110])
    del count, dataset
    assert values("atlantic/count")[124] == 5 and values("atlantic/count").shape == (125,)


def shrink():
    """Whatever it can: it makes nothing shorter."""
    dataset = opened()
    dataset.GetRootGroup().OpenMDArrayFromFullname("/atlantic/temperature").Resize([15, 30])
    del dataset
    assert values("atlantic/temperature").shape == (15, 30)


def translate():
    """The command-line tool adds a classic raster as another array."""
    source = gdal.GetDriverByName("GTiff").Create(SOURCE, 30, 20, 1, gdal.GDT_UInt16)
    source.GetRasterBand(1).WriteArray(np.arange(600, dtype="u2").reshape(20, 30))
    del source
    options = ["APPEND_SUBDATASET=YES", "ARRAY_NAME=raster", "BLOCKSIZE=10,10", "COMPRESS=BLOSC", f"FORMAT=ZARR_V{version}"]
    command = ["gdal_translate", "-q", "-of", "Zarr", "-a_nodata", "0", SOURCE, path] + [part for option in options for part in ("-co", option)]
    done = subprocess.run(command, capture_output=True, text=True)
    os.unlink(SOURCE)
    assert done.returncode == 0, done.stderr
    dataset = gdal.Open(f'ZARR:"{path}":/raster')
    scenario.expect(np.arange(600, dtype="u2").reshape(20, 30), dataset.ReadAsArray())


def update_with_the_classic_api():
    dataset = gdal.OpenEx(f'ZARR:"{path}":/atlantic/temperature', gdal.OF_RASTER | gdal.OF_UPDATE)
    dataset.GetRasterBand(1).WriteArray(np.full((2, 3), 42, "f4"), 25, 17)
    del dataset
    scenario.expect(np.full((2, 3), 42), values("atlantic/temperature")[17:19, 25:28])


def statistics_of_a_file_opened_read_only():
    """They are kept in a file beside the array."""
    dataset = gdal.Open(f'ZARR:"{path}":/atlantic/temperature')
    dataset.GetRasterBand(1).ComputeStatistics(False)
    del dataset


def delete_by_itself():
    dataset = opened()
    dataset.GetRootGroup().DeleteGroup("old")


def delete():
    shutil.rmtree(f"{path}/old", ignore_errors=True)
    forget_consolidated_metadata()
    dataset = opened()
    assert "old" not in dataset.GetRootGroup().GetGroupNames()


def move_by_itself():
    dataset = opened()
    root = dataset.GetRootGroup()
    root.OpenMDArrayFromFullname("/atlantic/count").Rename("number")
    root.OpenGroup("atlantic").Rename("pacific")


def move():
    """Where it has not done so by itself. Its consolidated metadata does not follow."""
    if os.path.exists(f"{path}/atlantic"):
        scenario.move(f"{path}/atlantic", f"{path}/pacific")
        scenario.move(f"{path}/pacific/count", f"{path}/pacific/number")
    forget_consolidated_metadata()
    assert values("pacific/number")[33] == 10**9


def reopen():
    dataset = opened(update=False)
    root = dataset.GetRootGroup()
    assert "old" not in root.GetGroupNames() and root.OpenGroup("pacific").GetMDArrayNames()
    assert values("pacific/temperature")[14, 14] == -2


steps = [create_where_a_directory_is, create, attributes, write, overwrite, overwrite_in_the_session_that_creates, append, shrink, translate]
steps += [update_with_the_classic_api, statistics_of_a_file_opened_read_only, delete_by_itself, delete, move_by_itself, move, reopen]
scenario.run(steps, lambda: readers.gdal(path))
