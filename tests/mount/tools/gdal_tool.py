"""The scenario in GDAL's own terms: the multidimensional API, the classic one, and gdal_translate.

usage: gdal_tool.py TURN FORMAT DIRECTORY      TURN: 1 or 2; FORMAT: 3 or 2
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np
from osgeo import gdal

import readers
import scenario

turn, version, path = int(sys.argv[1]), *sys.argv[2:]
COUNT = ("atlantic/count", "atlantic/number")[turn - 1]  # as it is called at the beginning
OCEAN, RENAMED = (("atlantic", "atlantic/number"), ("pacific", "pacific/amount"))[turn - 1]  # and in the end
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
    for name in ("lost1", "lost2"):
        root.CreateGroup(name)
    y, x = atlantic.CreateDimension("y", "", "", 20), atlantic.CreateDimension("x", "", "", 30)
    temperature = atlantic.CreateMDArray("temperature", [y, x], gdal.ExtendedDataType.Create(FLOAT), ["BLOCKSIZE=10,10"])
    temperature.SetNoDataValueDouble(-1)
    temperature.SetUnit("K")
    attribute(temperature, "long_name", "Temperatur 🌊")
    n = atlantic.CreateDimension("n", "", "", 100)
    atlantic.CreateMDArray("count", [n], gdal.ExtendedDataType.Create(INT), ["BLOCKSIZE=10", "COMPRESS=GZIP"]).SetNoDataValueDouble(0)
    for name in ("old1", "old2"):
        old = root.CreateGroup(name)
        gone = old.CreateMDArray("gone", [old.CreateDimension("g", "", "", 4)], gdal.ExtendedDataType.Create(INT))
        gone.SetNoDataValueDouble(0)
        gone.Write(np.ones(4, "i4"))


def attributes():
    dataset = opened()
    root = dataset.GetRootGroup()
    attribute(root, f"count{turn}", 3)
    attribute(root, f"list{turn}", [1, 2, 3])
    attribute(root.OpenGroup("atlantic"), f"depth{turn}", 5000)
    attribute(root.OpenMDArrayFromFullname("/atlantic/temperature"), f"source{turn}", "buoy")


def change_an_attribute():
    dataset = opened()
    dataset.GetRootGroup().GetAttribute("title").Write("Oceans")


def delete_an_attribute():
    dataset = opened()
    dataset.GetRootGroup().DeleteAttribute("list1")


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
    atlantic.OpenMDArray("temperature").Write(np.full((10, 10), -1 - turn, "f4"), array_start_idx=[5, 5])
    atlantic.OpenMDArray(os.path.basename(COUNT)).Write(np.array([10**9 + turn], "i4"), array_start_idx=[33])
    del atlantic, dataset
    assert values("atlantic/temperature")[14, 14] == -1 - turn and values(COUNT)[33] == 10**9 + turn


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
    count, length = dataset.GetRootGroup().OpenMDArrayFromFullname(f"/{COUNT}"), 100 + 25 * turn
    count.Resize([length])
    count.Write(np.full(15, 4 + turn, "i4"), array_start_idx=[length - 15])
    del count, dataset
    assert values(COUNT)[length - 1] == 4 + turn and values(COUNT).shape == (length,)


def shrink():
    """Whatever it can: it makes nothing shorter."""
    dataset = opened()
    dataset.GetRootGroup().OpenMDArrayFromFullname("/atlantic/temperature").Resize([15, 30])
    del dataset
    assert values("atlantic/temperature").shape == (15, 30)


def translate():
    """The command-line tool adds a classic raster as another array."""
    name = f"raster{turn}"
    source = gdal.GetDriverByName("GTiff").Create(SOURCE, 30, 20, 1, gdal.GDT_UInt16)
    source.GetRasterBand(1).WriteArray(np.arange(600, dtype="u2").reshape(20, 30))
    del source
    options = ["APPEND_SUBDATASET=YES", f"ARRAY_NAME={name}", "BLOCKSIZE=10,10", "COMPRESS=BLOSC", f"FORMAT=ZARR_V{version}"]
    command = ["gdal_translate", "-q", "-of", "Zarr", "-a_nodata", "0", SOURCE, path] + [part for option in options for part in ("-co", option)]
    done = subprocess.run(command, capture_output=True, text=True)
    os.unlink(SOURCE)
    assert done.returncode == 0, done.stderr
    dataset = gdal.Open(f'ZARR:"{path}":/{name}')
    scenario.expect(np.arange(600, dtype="u2").reshape(20, 30), dataset.ReadAsArray())


def update_with_the_classic_api():
    dataset = gdal.OpenEx(f'ZARR:"{path}":/atlantic/temperature', gdal.OF_RASTER | gdal.OF_UPDATE)
    dataset.GetRasterBand(1).WriteArray(np.full((2, 3), 41 + turn, "f4"), 25, 17)
    del dataset
    scenario.expect(np.full((2, 3), 41 + turn), values("atlantic/temperature")[17:19, 25:28])


def statistics_of_a_file_opened_read_only():
    """They are kept in a file beside the array."""
    dataset = gdal.Open(f'ZARR:"{path}":/raster1')
    dataset.GetRasterBand(1).ComputeStatistics(False)
    del dataset


def delete_by_itself():
    dataset = opened()
    dataset.GetRootGroup().DeleteGroup(f"old{turn}")


def delete():
    shutil.rmtree(f"{path}/old{turn}", ignore_errors=True)


def move_by_itself():
    dataset = opened()
    root = dataset.GetRootGroup()
    root.OpenMDArrayFromFullname(f"/{COUNT}").Rename(os.path.basename(RENAMED))
    if turn == 2:
        root.OpenGroup("atlantic").Rename("pacific")


def move():
    """Where it has not done so by itself."""
    if os.path.exists(f"{path}/{COUNT}"):
        scenario.move(f"{path}/{COUNT}", f"{path}/atlantic/{os.path.basename(RENAMED)}")
        if turn == 2:
            scenario.move(f"{path}/atlantic", f"{path}/pacific")


def consolidate():
    """It does so whenever it closes what it has changed."""
    dataset = opened()
    attribute(dataset.GetRootGroup(), f"consolidated{turn}", 1)
    del dataset
    if version == "2":
        assert f"consolidated{turn}" in json.loads(pathlib.Path(f"{path}/.zmetadata").read_text())["metadata"][".zattrs"]
    else:
        assert "consolidated_metadata" in json.loads(pathlib.Path(f"{path}/zarr.json").read_text()), "nothing is consolidated"


def consolidate_by_hand():
    found = [file for name in (".zgroup", ".zarray", ".zattrs") for file in pathlib.Path(path).rglob(name)]
    documents = {str(file.relative_to(path)): json.loads(file.read_text()) for file in found}
    pathlib.Path(f"{path}/.zmetadata").write_text(json.dumps({"metadata": documents, "zarr_consolidated_format": 1}))


def see_what_others_changed():
    """It believes its consolidated metadata, which does not follow on a disk. There the rest needs it to be right again."""
    try:
        shutil.rmtree(f"{path}/lost{turn}")
        document = pathlib.Path(f"{path}/{OCEAN}/" + (".zattrs" if version == "2" else "zarr.json"))
        document.write_text(document.read_text().replace("5000", "6000"))
        dataset = opened(update=False)
        names = dataset.GetRootGroup().GetGroupNames()
        assert not {f"old{turn}", f"lost{turn}"} & set(names) and OCEAN in names, f"there are {names}"
        assert dataset.GetRootGroup().OpenGroup(OCEAN).GetAttribute(f"depth{turn}").Read() == 6000, "the attribute is the old one"
        assert values(RENAMED)[33] == 10**9 + turn
    except Exception:
        consolidate_by_hand()
        raise


def reopen():
    dataset = opened(update=False)
    root = dataset.GetRootGroup()
    assert not {f"old{turn}", f"lost{turn}"} & set(root.GetGroupNames()) and root.OpenGroup(OCEAN).GetMDArrayNames()
    assert values(f"{OCEAN}/temperature")[14, 14] == -1 - turn and values(RENAMED)[33] == 10**9 + turn


first = [create_where_a_directory_is, create, attributes, write, overwrite, overwrite_in_the_session_that_creates]
changes = [append, shrink, translate, update_with_the_classic_api, statistics_of_a_file_opened_read_only, consolidate]
changes += [delete_by_itself, delete, move_by_itself, move, see_what_others_changed, reopen]
second = [attributes, change_an_attribute, delete_an_attribute, overwrite]
scenario.run([*(first if turn == 1 else second), *changes], lambda: readers.gdal(path))
