global using NodeKind = ArraylakeFs.Zarr.NodeKind;
