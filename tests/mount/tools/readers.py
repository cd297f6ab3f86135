"""What each tool finds in a directory: every group and array with its attributes, dimensions and values, undecoded.

What a tool cannot read is {"cannot": its error}. Fill values and what only says where coordinates are is left out of the attributes:
each tool shows these in its own way.
"""

import json

import scenario

HIDDEN = {
    "_FillValue", "_ARRAY_DIMENSIONS", "_NCProperties", "_Netcdf4Dimid", "_NCZARR_ATTR",
    "_nczarr_group", "_nczarr_superblock", "_nczarr_array", "_nczarr_attr",
}


def shown(attributes):
    return {name: value for name, value in attributes.items() if name not in HIDDEN}


def attempt(read):
    try:
        return read()
    except Exception as error:
        return {"cannot": f"{type(error).__name__}: {error}"}


def zarr(path):
    """zarr-python 3 and 2. Consolidated metadata is not looked at: it may be older than the tree."""
    import zarr

    def dimensions(node):
        names = getattr(getattr(node, "metadata", None), "dimension_names", None)
        return names or dict(node.attrs).get("_ARRAY_DIMENSIONS") or ([] if node.ndim == 0 else None)

    def node(item):
        if hasattr(item, "shape"):
            return scenario.array(item[...], shown(dict(item.attrs)), dimensions(item))
        return scenario.group(shown(dict(item.attrs)))

    found = {}
    if zarr.__version__.startswith("2."):
        root = zarr.open_group(path, mode="r")
        root.visititems(lambda name, item: found.__setitem__("/" + name, attempt(lambda: node(item))))
    else:
        root = zarr.open_group(path, mode="r", use_consolidated=False)
        for name, item in root.members(max_depth=None):
            found["/" + name] = attempt(lambda: node(item))
    found["/"] = node(root)
    return found


def nested(path):
    """zarr-python 2 with a store that takes the separator of all arrays for a slash."""
    import zarr as library

    return zarr(library.NestedDirectoryStore(path))


def fsspec(path):
    """zarr-python 2 with the store of fsspec."""
    import zarr as library

    return zarr(library.storage.FSStore(path))


def xarray(path):
    """Any version. It has no groups but those that it is told of."""
    import xarray

    found = {}
    for name in _groups(path):
        with xarray.open_dataset(path, engine="zarr", group=name, decode_cf=False, consolidated=False, cache=False) as dataset:
            found["/" + name] = scenario.group(shown(dataset.attrs))
            for variable in dataset.variables:
                data = dataset.variables[variable]
                # It takes an integer with the attribute "dtype": "bool" for a boolean, also undecoded.
                is_decoded = data.dtype == bool and "dtype" in data.encoding and data.encoding["dtype"] != bool
                values, extra = (data.values.astype("i1"), {"dtype": "bool"}) if is_decoded else (data.values, {})
                found[f"/{name}/{variable}".replace("//", "/")] = attempt(
                    lambda: scenario.array(values, shown({**data.attrs, **extra}), data.dims))
    return found


def _groups(path):
    import zarr

    if zarr.__version__.startswith("2."):
        names = [""]
        zarr.open_group(path, mode="r").visititems(lambda name, item: names.append(name) if not hasattr(item, "shape") else None)
        return names
    root = zarr.open_group(path, mode="r", use_consolidated=False)
    return [""] + [name for name, item in root.members(max_depth=None) if not hasattr(item, "shape")]


def gdal(path):
    """The multidimensional API, any version."""
    from osgeo import gdal

    gdal.UseExceptions()
    found = {}

    def attributes(owner):
        values = {}
        for attribute in owner.GetAttributes():
            value = attribute.Read()
            is_json = attribute.GetDataType().GetClass() == gdal.GEDTC_STRING and isinstance(value, str) and value[:1] in ("{", "[")
            values[attribute.GetName()] = json.loads(value) if is_json else value
        return values

    def node(item):
        taken = {"units": item.GetUnit() or None, "scale_factor": item.GetScale(), "add_offset": item.GetOffset()}
        extra = {name: value for name, value in taken.items() if value is not None}
        dimensions = [dimension.GetName() for dimension in item.GetDimensions()]
        values = item.ReadAsArray() if dimensions else item.ReadAsArray().reshape(())
        if dimensions and all(name.startswith("dim") and name[3:].isdigit() for name in dimensions):
            dimensions = None  # so it calls those that have no name
        return scenario.array(values, shown({**attributes(item), **extra}), dimensions)

    def walk(group, prefix):
        found[prefix or "/"] = scenario.group(shown(attributes(group)))
        for name in group.GetMDArrayNames() or []:
            found[f"{prefix}/{name}"] = attempt(lambda: node(group.OpenMDArray(name)))
        for name in group.GetGroupNames() or []:
            walk(group.OpenGroup(name), f"{prefix}/{name}")

    dataset = gdal.OpenEx(path, gdal.OF_MULTIDIM_RASTER)
    walk(dataset.GetRootGroup(), "")
    return found


def netcdf(path):
    """netCDF4-python on the C library's nczarr, for directories of any origin."""
    import netCDF4

    found = {}

    def attributes(owner):
        return {name: owner.getncattr(name) for name in owner.ncattrs()}

    def node(variable):
        is_named = not any(name.startswith(("_zdim_", "_Anonymous_Dim_")) for name in variable.dimensions)
        return scenario.array(variable[...], shown(attributes(variable)), variable.dimensions if is_named else None)

    def walk(group, prefix):
        found[prefix or "/"] = scenario.group(shown(attributes(group)))
        for name, variable in group.variables.items():
            found[f"{prefix}/{name}"] = attempt(lambda: node(variable))
        for name, child in group.groups.items():
            walk(child, f"{prefix}/{name}")

    with netCDF4.Dataset(f"file://{path}#mode=zarr,file") as dataset:
        dataset.set_auto_maskandscale(False)
        walk(dataset, "")
    return found
