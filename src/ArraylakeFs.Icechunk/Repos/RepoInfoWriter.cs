using System.Buffers.Binary;
using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>Writes the file <c>repo</c>: what is given here, and everything else as it was in the previous version.</summary>
internal sealed class RepoInfoWriter
{
    private readonly FlatBuilder _builder = new();
    private readonly Dictionary<ObjectId12, int> _firstPositions = [];
    private ShortenedHistory _history = null!;

    internal required RepoInfo? Previous { get; init; }

    /// <summary>A snapshot that the previous version does not have.</summary>
    internal SnapshotInfo? Added { get; init; }

    /// <summary>All snapshots, in the order of their ids, where there is no previous version.</summary>
    internal IReadOnlyList<SnapshotInfo> First { get; init; } = [];

    /// <summary>Snapshots of the previous version that are left out. No branch or tag names one.</summary>
    internal IReadOnlySet<ObjectId12> Removed { get; init; } = new HashSet<ObjectId12>();

    /// <summary>In byte order of the names, like the following lists.</summary>
    internal required IReadOnlyList<RepoRef> Branches { get; init; }

    internal required IReadOnlyList<RepoRef> Tags { get; init; }

    internal required IReadOnlyCollection<string> DeletedTags { get; init; }

    /// <summary>Newest first.</summary>
    internal required IReadOnlyList<RepoUpdate> Updates { get; init; }

    internal required string? RepoBeforeUpdates { get; init; }

    internal required RepoStatus Status { get; init; }

    /// <summary>The configuration of a repository that has no previous version.</summary>
    internal ReadOnlyMemory<byte> FirstConfig { get; init; }

    internal byte[] Write()
    {
        _history = new ShortenedHistory(Previous, Added?.Id, Removed);
        foreach (var snapshot in First)
        {
            _firstPositions.Add(snapshot.Id, _firstPositions.Count);
        }
        var extra = PutBytes(Previous?.Extra ?? default);
        var disabled = PutFlags(Previous?.DisabledFeatureFlags);
        var enabled = PutFlags(Previous?.EnabledFeatureFlags);
        var config = PutBytes(Previous?.Config ?? FirstConfig);
        var before = RepoBeforeUpdates is null ? 0 : _builder.CreateString(RepoBeforeUpdates);
        var updates = _builder.CreateOffsetVector(Updates.Reverse().Select(u => RepoUpdateWriter.Put(_builder, u)).Reverse().ToArray());
        var metadata = MetadataList.Write(_builder, Previous?.Metadata ?? []);
        var status = RepoUpdateWriter.PutStatus(_builder, Status);
        var snapshots = PutSnapshots();
        var deletedTags = _builder.CreateOffsetVector(DeletedTags.Select(_builder.CreateString).ToArray());
        var branches = PutRefs(Branches);
        var tags = PutRefs(Tags);

        _builder.StartTable(Slots.Repo.Count);
        _builder.AddOffset(Slots.Repo.Tags, tags);
        _builder.AddOffset(Slots.Repo.Branches, branches);
        _builder.AddOffset(Slots.Repo.DeletedTags, deletedTags);
        _builder.AddOffset(Slots.Repo.Snapshots, snapshots);
        _builder.AddOffset(Slots.Repo.Status, status);
        _builder.AddOffset(Slots.Repo.Metadata, metadata);
        _builder.AddOffset(Slots.Repo.LatestUpdates, updates);
        _builder.AddOffset(Slots.Repo.RepoBeforeUpdates, before);
        _builder.AddOffset(Slots.Repo.Config, config);
        _builder.AddOffset(Slots.Repo.EnabledFeatureFlags, enabled);
        _builder.AddOffset(Slots.Repo.DisabledFeatureFlags, disabled);
        _builder.AddOffset(Slots.Repo.Extra, extra);
        _builder.Add(Slots.Repo.SpecVersion, Previous?.SpecVersion ?? IcechunkFile.SpecVersion);
        return IcechunkFile.Encode(FileType.RepoInfo, _builder.Finish(_builder.EndTable()));
    }

    /// <summary>A snapshot's position in the new list.</summary>
    private int PositionOf(ObjectId12 id) => Previous is null ? _firstPositions[id]
        : Added is not null && id == Added.Id ? _history.Added
        : _history[Previous.FindSnapshot(id)];

    private int PutSnapshots()
    {
        if (Previous is null)
        {
            return _builder.CreateOffsetVector([.. First.Select(PutNew)]);
        }
        var formerCount = Previous.SnapshotCount;
        var offsets = new List<int>(formerCount + 1);
        for (var i = 0; i < formerCount; i++)
        {
            if (_history[i] >= 0)
            {
                offsets.Add(CopySnapshot(Previous, i));
            }
        }
        if (Added is not null)
        {
            offsets.Insert(_history.Added, PutNew(Added));
        }
        return _builder.CreateOffsetVector(offsets.ToArray());
    }

    private int CopySnapshot(RepoInfo previous, int position)
    {
        var former = previous.SnapshotVector.Table(position);
        var (parent, lost) = _history.ParentOf(position);
        var prunedOffset = lost.Count == 0
            ? PutPruned(former.OptionalVector(Slots.SnapshotInfo.PrunedAncestorTxLogs, ObjectId12.Size).Memory.Span)
            : _builder.CreateIdVector([.. lost, .. previous.SnapshotAt(position).PrunedAncestors]);
        var metadata = MetadataList.Copy(_builder, former.OptionalVector(Slots.SnapshotInfo.Metadata, 4));
        var message = _builder.CreateString(former.Bytes(Slots.SnapshotInfo.Message).Span);
        return PutSnapshot(
            former.Id12(Slots.SnapshotInfo.Id),
            parent,
            former.Time(Slots.SnapshotInfo.FlushedAt),
            message, metadata, prunedOffset);
    }

    private int PutPruned(ReadOnlySpan<byte> ids) => ids.Length == 0 ? 0 : _builder.CreateVector(ids, ObjectId12.Size, alignment: 1);

    private int PutNew(SnapshotInfo snapshot)
    {
        var pruned = snapshot.PrunedAncestors.Count == 0 ? 0 : _builder.CreateIdVector(snapshot.PrunedAncestors);
        var metadata = MetadataList.Write(_builder, snapshot.Metadata);
        var message = _builder.CreateString(snapshot.Message);
        var parent = snapshot.Parent is { } id ? PositionOf(id) : -1;
        return PutSnapshot(snapshot.Id, parent, snapshot.FlushedAt, message, metadata, pruned);
    }

    private int PutSnapshot(ObjectId12 id, int parent, Timestamp flushedAt, int message, int metadata, int pruned)
    {
        _builder.StartTable(Slots.SnapshotInfo.Count);
        _builder.Add(Slots.SnapshotInfo.FlushedAt, flushedAt.Microseconds);
        _builder.Add(Slots.SnapshotInfo.Id, id);
        _builder.Add(Slots.SnapshotInfo.ParentOffset, (uint)parent);
        _builder.AddOffset(Slots.SnapshotInfo.Message, message);
        _builder.AddOffset(Slots.SnapshotInfo.Metadata, metadata);
        _builder.AddOffset(Slots.SnapshotInfo.PrunedAncestorTxLogs, pruned);
        return _builder.EndTable();
    }

    private int PutRefs(IReadOnlyList<RepoRef> refs)
    {
        var offsets = new int[refs.Count];
        for (var i = offsets.Length - 1; i >= 0; i--)
        {
            var name = _builder.CreateString(refs[i].Name);
            _builder.StartTable(Slots.Ref.Count);
            _builder.AddOffset(Slots.Ref.Name, name);
            _builder.Add(Slots.Ref.SnapshotIndex, (uint)PositionOf(refs[i].Snapshot));
            offsets[i] = _builder.EndTable();
        }
        return _builder.CreateOffsetVector(offsets);
    }

    private int PutBytes(ReadOnlyMemory<byte> bytes) => bytes.Length == 0 ? 0 : _builder.CreateBytes(bytes.Span);

    private int PutFlags(IReadOnlyList<ushort>? flags)
    {
        if (flags is null)
        {
            return 0;
        }
        var bytes = new byte[2 * flags.Count];
        for (var i = 0; i < flags.Count; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), flags[i]);
        }
        return _builder.CreateVector(bytes, elementSize: 2, alignment: 2);
    }
}
