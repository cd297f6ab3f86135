namespace ArraylakeFs.Icechunk.FlatBuffers;

/// <summary>The schema: for each table its fields' vtable slots (icechunk-format.md 2.2 to 2.6). Readers and writers share them.</summary>
internal static class Slots
{
    internal static class MetadataItem
    {
        internal const int Name = 0, Value = 1, Count = 2;
    }

    internal static class Repo
    {
        internal const int SpecVersion = 0, Tags = 1, Branches = 2, DeletedTags = 3, Snapshots = 4, Status = 5, Metadata = 6,
            LatestUpdates = 7,
            RepoBeforeUpdates = 8, Config = 9, EnabledFeatureFlags = 10, DisabledFeatureFlags = 11, Extra = 12, Count = 13;
    }

    internal static class Ref
    {
        internal const int Name = 0, SnapshotIndex = 1, Count = 2;
    }

    internal static class SnapshotInfo
    {
        internal const int Id = 0, ParentOffset = 1, FlushedAt = 2, Message = 3, Metadata = 4, PrunedAncestorTxLogs = 5, Count = 6;
    }

    internal static class RepoStatus
    {
        internal const int Availability = 0, SetAt = 1, LimitedAvailabilityReason = 2, Count = 3;
    }

    internal static class Update
    {
        internal const int Type = 0, Value = 1, UpdatedAt = 2, BackupPath = 3, Count = 4;
    }

    /// <summary>Every kind of update; the slots are the same where kinds have the same fields.</summary>
    internal static class UpdateValue
    {
        internal const int Name = 0, PreviousSnapshot = 1;
        internal const int CommitBranch = 0, CommitNewSnapshot = 1;
        internal const int AmendBranch = 0, AmendPreviousSnapshot = 1, AmendNewSnapshot = 2;
        internal const int DetachedNewSnapshot = 0;
        internal const int FromVersion = 0, ToVersion = 1;
        internal const int Flag = 0, FlagValue = 1, FlagIsSet = 2;
        internal const int Status = 0;
        internal const int Count = 3;
    }

    internal static class Snapshot
    {
        internal const int Id = 0, ParentId = 1, Nodes = 2, FlushedAt = 3, Message = 4, Metadata = 5, ManifestFiles = 6,
            ManifestFilesV2 = 7,
            Extra = 8, Count = 9;
    }

    internal static class NodeSnapshot
    {
        internal const int Id = 0, Path = 1, UserData = 2, NodeDataType = 3, NodeData = 4, Extra = 5, Count = 6;
    }

    internal static class ArrayNodeData
    {
        internal const int Shape = 0, DimensionNames = 1, Manifests = 2, ShapeV2 = 3, Count = 4;
    }

    internal static class DimensionShapeV2
    {
        internal const int ArrayLength = 0, NumChunks = 1, Count = 2;
    }

    internal static class DimensionName
    {
        internal const int Name = 0, Count = 1;
    }

    internal static class ManifestRef
    {
        internal const int ObjectId = 0, Extents = 1, Count = 2;
    }

    internal static class ManifestFileInfoV2
    {
        internal const int Id = 0, SizeBytes = 1, NumChunkRefs = 2, Extra = 3, Count = 4;
    }

    internal static class Manifest
    {
        internal const int Id = 0, Arrays = 1, LocationDictionary = 2, CompressionAlgorithm = 3, Extra = 4, Count = 5;
        internal static ReadOnlySpan<int> Sizes => [12, 4, 4, 1, 4];
    }

    internal static class ArrayManifest
    {
        internal const int NodeId = 0, Refs = 1, Extra = 2, Count = 3;
        internal static ReadOnlySpan<int> Sizes => [8, 4, 4];
    }

    internal static class ChunkRef
    {
        internal const int Index = 0, Inline = 1, Offset = 2, Length = 3, ChunkId = 4, Location = 5, ChecksumETag = 6,
            ChecksumLastModified = 7,
            CompressedLocation = 8, Extra = 9, Count = 10;
        internal static ReadOnlySpan<int> Sizes => [4, 4, 8, 8, 12, 4, 4, 4, 4, 4];
    }

    internal static class TransactionLog
    {
        internal const int Id = 0, NewGroups = 1, NewArrays = 2, DeletedGroups = 3, DeletedArrays = 4, UpdatedArrays = 5, UpdatedGroups = 6,
            UpdatedChunks = 7, MovedNodes = 8, Extra = 9, Count = 10;
    }

    internal static class ArrayUpdatedChunks
    {
        internal const int NodeId = 0, Chunks = 1, Count = 2;
    }

    internal static class ChunkIndices
    {
        internal const int Coords = 0, Count = 1;
    }

    internal static class MoveOperation
    {
        internal const int From = 0, To = 1, NodeId = 2, NodeType = 3, Count = 4;
    }
}
