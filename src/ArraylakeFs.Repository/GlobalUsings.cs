// Both the format and Zarr have a NodeKind; above the format layer, Zarr's is meant.
global using NodeKind = ArraylakeFs.Zarr.NodeKind;
