using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// The file <c>repo</c>: every branch, tag and snapshot, the operations log and the configuration (icechunk-format.md 2.3). A view over the
/// file's body: snapshots and refs are not copied until asked for, lookups are binary searches. Immutable, thread-safe.
/// </summary>
public sealed class RepoInfo
{
    private const string MainBranch = "main";
    private readonly FlatBuffer _buffer;
    private readonly FlatVector _branches;
    private readonly FlatVector _tags;
    private readonly RepoUpdate[] _updates;

    private RepoInfo(FlatTable root)
    {
        _buffer = root.Buffer;
        SpecVersion = root.UInt8(Slots.Repo.SpecVersion);
        if (SpecVersion is 0 or > IcechunkFile.SpecVersion)
        {
            throw new IcechunkFormatException(
                _buffer.FileName, $"the repository is of Icechunk spec version {SpecVersion}; this program reads version 2.",
                isUnsupported: true);
        }
        _branches = root.Vector(Slots.Repo.Branches, 4);
        _tags = root.Vector(Slots.Repo.Tags, 4);
        SnapshotVector = root.Vector(Slots.Repo.Snapshots, 4);
        DeletedTags = ReadTexts(root.Vector(Slots.Repo.DeletedTags, 4));
        Status = RepoUpdateReader.ReadStatus(root.Table(Slots.Repo.Status));
        Metadata = MetadataList.Read(root.OptionalVector(Slots.Repo.Metadata, 4));
        _updates = RepoUpdateReader.ReadAll(root.Vector(Slots.Repo.LatestUpdates, 4));
        RepoBeforeUpdates = root.OptionalText(Slots.Repo.RepoBeforeUpdates);
        Config = root.OptionalBytes(Slots.Repo.Config);
        EnabledFeatureFlags = root.Has(Slots.Repo.EnabledFeatureFlags) ? ReadFlags(root.Vector(Slots.Repo.EnabledFeatureFlags, 2)) : null;
        DisabledFeatureFlags = root.Has(Slots.Repo.DisabledFeatureFlags)
            ? ReadFlags(root.Vector(Slots.Repo.DisabledFeatureFlags, 2))
            : null;
        Extra = root.OptionalBytes(Slots.Repo.Extra);
    }

    /// <summary>Reads a file, checking all of it: what was decoded once does not fail later.</summary>
    /// <exception cref="IcechunkFormatException">
    /// The file is corrupt or of another version; <paramref name="name"/> is in the message.
    /// </exception>
    public static RepoInfo Decode(string name, ReadOnlyMemory<byte> file)
    {
        var body = IcechunkFile.Decode(name, file, FileType.RepoInfo, out var specVersion);
        if (specVersion != IcechunkFile.SpecVersion)
        {
            throw new IcechunkFormatException(name, $"the file is of Icechunk spec version {specVersion}, which has no such file.");
        }
        var buffer = new FlatBuffer(name, body);
        var info = new RepoInfo(buffer.Root());
        info.CheckSnapshots();
        info.CheckAncestry();
        info.CheckRefs(info._branches, "branches");
        info.CheckRefs(info._tags, "tags");
        if (!info.TryFindBranch(MainBranch, out _))
        {
            throw buffer.Fail("it has no branch \"main\"");
        }
        if (info._updates.Length == 0)
        {
            throw buffer.Fail("its operations log is empty");
        }
        buffer.EndCheck();
        return info;
    }

    /// <summary>The spec version that the file declares.</summary>
    public byte SpecVersion { get; }

    /// <summary>Number of branches; <c>main</c> is always among them.</summary>
    public int BranchCount => _branches.Count;

    /// <summary>Number of tags.</summary>
    public int TagCount => _tags.Count;

    /// <summary>Names of deleted tags, which can never be used again, in byte order.</summary>
    public IReadOnlyList<string> DeletedTags { get; }

    /// <summary>Number of snapshots.</summary>
    public int SnapshotCount => SnapshotVector.Count;

    /// <summary>Online or read-only.</summary>
    public RepoStatus Status { get; }

    /// <summary>The repository's own metadata.</summary>
    public IReadOnlyList<MetadataItem> Metadata { get; }

    /// <summary>Number of entries of the operations log in this file; at least 1.</summary>
    public int UpdateCount => _updates.Length;

    /// <summary>
    /// Name, below <c>overwritten/</c>, of the file where the operations log continues; null when this file has all of it.
    /// </summary>
    public string? RepoBeforeUpdates { get; }

    /// <summary>The configuration, a FlexBuffers map; empty when everything is at its default.</summary>
    public ReadOnlyMemory<byte> Config { get; }

    /// <summary>Ids of the features switched on explicitly; null when the file has no such list.</summary>
    public IReadOnlyList<ushort>? EnabledFeatureFlags { get; }

    /// <summary>Ids of the features switched off; null when the file has no such list.</summary>
    public IReadOnlyList<ushort>? DisabledFeatureFlags { get; }

    /// <summary>Bytes of extensions unknown here, kept by every update; empty when there are none.</summary>
    public ReadOnlyMemory<byte> Extra { get; }

    internal string FileName => _buffer.FileName;

    internal FlatVector SnapshotVector { get; }

    /// <summary>A branch, in the byte order of the names.</summary>
    public RepoRef BranchAt(int position) => RefAt(_branches, position);

    /// <summary>Finds a branch's tip.</summary>
    public bool TryFindBranch(string name, out ObjectId12 snapshot) => TryFindRef(_branches, name, out snapshot);

    /// <summary>A tag, in the byte order of the names.</summary>
    public RepoRef TagAt(int position) => RefAt(_tags, position);

    /// <summary>Finds a tag's snapshot.</summary>
    public bool TryFindTag(string name, out ObjectId12 snapshot) => TryFindRef(_tags, name, out snapshot);

    /// <summary>A snapshot with everything known of it, in id order.</summary>
    public SnapshotInfo SnapshotAt(int position)
    {
        var table = SnapshotVector.Table(position);
        var parent = table.Int32(Slots.SnapshotInfo.ParentOffset);
        var pruned = table.OptionalVector(Slots.SnapshotInfo.PrunedAncestorTxLogs, ObjectId12.Size);
        var prunedIds = new ObjectId12[pruned.Count];
        for (var i = 0; i < prunedIds.Length; i++)
        {
            prunedIds[i] = new ObjectId12(pruned[i]);
        }
        return new SnapshotInfo(
            table.Id12(Slots.SnapshotInfo.Id),
            parent < 0 ? null : SnapshotIdAt(parent),
            table.Time(Slots.SnapshotInfo.FlushedAt),
            table.Text(Slots.SnapshotInfo.Message),
            MetadataList.Read(table.OptionalVector(Slots.SnapshotInfo.Metadata, 4)),
            prunedIds);
    }

    /// <summary>A snapshot's id, in id order.</summary>
    public ObjectId12 SnapshotIdAt(int position) => SnapshotVector.Table(position).Id12(Slots.SnapshotInfo.Id);

    /// <summary>Position of a snapshot's parent; -1 at the root of the history. The chain of parents always ends.</summary>
    public int ParentPositionAt(int position) => Math.Max(-1, SnapshotVector.Table(position).Int32(Slots.SnapshotInfo.ParentOffset));

    /// <summary>Position of a snapshot, or the bitwise complement (negative) of where it would stand.</summary>
    public int FindSnapshot(ObjectId12 id)
    {
        var (low, high) = (0, SnapshotCount);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            var order = SnapshotIdAt(middle).CompareTo(id);
            if (order == 0)
            {
                return middle;
            }
            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return ~low;
    }

    /// <summary>An entry of the operations log, newest first.</summary>
    public RepoUpdate UpdateAt(int position) => _updates[position];

    /// <summary>Whether the repository allows an operation.</summary>
    public bool IsEnabled(FeatureFlag flag) =>
        EnabledFeatureFlags?.Contains((ushort)flag) == true || DisabledFeatureFlags?.Contains((ushort)flag) != true;

    private static string[] ReadTexts(FlatVector vector)
    {
        var texts = new string[vector.Count];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = vector.Text(i, "Repo.DeletedTags");
        }
        return texts;
    }

    private static ushort[] ReadFlags(FlatVector vector)
    {
        var flags = new ushort[vector.Count];
        for (var i = 0; i < flags.Length; i++)
        {
            flags[i] = vector.UInt16(i);
        }
        return flags;
    }

    private RepoRef RefAt(FlatVector refs, int position)
    {
        var table = refs.Table(position);
        return new RepoRef(table.Text(Slots.Ref.Name), SnapshotIdAt(SnapshotIndex(table)));
    }

    private bool TryFindRef(FlatVector refs, string name, out ObjectId12 snapshot)
    {
        var utf8 = StrictUtf8.GetBytes(name);
        var (low, high) = (0, refs.Count);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            var table = refs.Table(middle);
            var order = table.Bytes(Slots.Ref.Name).Span.SequenceCompareTo(utf8);
            if (order == 0)
            {
                snapshot = SnapshotIdAt(SnapshotIndex(table));
                return true;
            }
            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        snapshot = default;
        return false;
    }

    private int SnapshotIndex(FlatTable reference)
    {
        var index = reference.UInt32(Slots.Ref.SnapshotIndex);
        return index < SnapshotCount ? (int)index : throw _buffer.Fail("a branch or tag names a snapshot that does not exist");
    }

    private void CheckRefs(FlatVector refs, string what)
    {
        ReadOnlyMemory<byte> previous = default;
        for (var i = 0; i < refs.Count; i++)
        {
            RefAt(refs, i);
            var name = refs.Table(i).Bytes(Slots.Ref.Name);
            if (i > 0 && name.Span.SequenceCompareTo(previous.Span) <= 0)
            {
                throw _buffer.Fail($"its {what} are not in the order of their names");
            }
            previous = name;
        }
    }

    private void CheckSnapshots()
    {
        ObjectId12 previous = default;
        for (var i = 0; i < SnapshotCount; i++)
        {
            if (ParentPositionAt(i) >= SnapshotCount)
            {
                throw _buffer.Fail("a snapshot has a parent that does not exist");
            }
            var snapshot = SnapshotAt(i);
            if (i > 0 && snapshot.Id <= previous)
            {
                throw _buffer.Fail("its snapshots are not in the order of their ids");
            }
            previous = snapshot.Id;
        }
    }

    /// <summary>
    /// Follows every chain of parents until it meets one that was followed before: a chain that meets itself is a circle.
    /// </summary>
    private void CheckAncestry()
    {
        var chainOf = new int[SnapshotCount];
        for (var start = 0; start < chainOf.Length; start++)
        {
            var chain = start + 1;
            var at = start;
            while (at >= 0 && chainOf[at] == 0)
            {
                chainOf[at] = chain;
                at = ParentPositionAt(at);
            }
            if (at >= 0 && chainOf[at] == chain)
            {
                throw _buffer.Fail("a snapshot is its own ancestor");
            }
        }
    }
}
