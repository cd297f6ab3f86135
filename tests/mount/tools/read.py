"""Prints as JSON what tools find in directories.

usage: read.py TOOL,TOOL... PATH...     TOOL: zarr, xarray, gdal, netcdf
"""

import sys

import readers
import scenario

tools, *paths = sys.argv[1:]
scenario.finish({
    tool: {path: readers.attempt(lambda: getattr(readers, tool)(path)) for path in paths} for tool in tools.split(",")
})
