using ArraylakeFs.FileSystem;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Fuse.Tests.Doubles;

/// <summary>A node of <see cref="MemoryFileSystem"/>; tests may hang their own behaviour on it.</summary>
internal sealed class MemoryNode(ulong id, FileKind kind, uint permissions)
{
    public ulong Id { get; } = id;

    public FileKind Kind { get; } = kind;

    public uint Permissions { get; set; } = permissions;

    public uint Links { get; set; } = kind == FileKind.Directory ? 2u : 1u;

    public byte[] Data { get; set; } = [];

    public string Target { get; init; } = "";

    public long ModifiedNs { get; set; } = 1_700_000_000_123_456_789;

    public Dictionary<string, MemoryNode> Children { get; } = new(StringComparer.Ordinal);

    /// <summary>References that the kernel holds.</summary>
    public long Lookups { get; set; }

    public int Opens { get; set; }

    public DataCaching Caching { get; set; } = DataCaching.Keep;

    /// <summary>The backing file that opens of it name.</summary>
    public int BackingId { get; set; }

    /// <summary>The size shown, if it is not that of the data: 0 for control files.</summary>
    public long? ShownSize { get; set; }

    public Func<long, Memory<byte>, ValueTask<Result<int>>>? OnRead { get; set; }

    public Func<ReadOnlyMemory<byte>, ValueTask<Result<int>>>? OnWrite { get; set; }

    public Func<ValueTask<Errno>>? OnSync { get; set; }

    public Attributes Attributes => new(
        Id, Kind, Permissions, Links, UserId: 0, GroupId: 0, ShownSize ?? (Kind == FileKind.SymbolicLink ? Target.Length : Data.Length),
        ModifiedNs, ModifiedNs, ModifiedNs);
}
