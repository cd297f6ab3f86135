using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using ArraylakeFs.FileSystem;
using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>
/// Writes a listing into the payload of READDIR (fuse_dirent) or READDIRPLUS (fuse_direntplus). Remembers every node that a lookup was
/// counted for, so that it can be given back. A name that the kernel would not take, and fail the whole listing for, is left out.
/// </summary>
internal sealed class DirectorySink : IDirectorySink
{
    private const int MostBytesOfUnit = 3; // of UTF-8, for one of UTF-16

    private readonly List<ulong> _listed = [];
    private readonly List<ulong> _leftOut = [];
    private Memory<byte> _buffer;
    private bool _plus;
    private bool _epochs;

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>Nodes in the listing whose lookup it counted.</summary>
    public IReadOnlyList<ulong> Listed => _listed;

    /// <summary>Nodes whose lookup was counted for an entry that was left out.</summary>
    public IReadOnlyList<ulong> LeftOut => _leftOut;

    /// <summary>Begins a listing into the buffer. <paramref name="epochs"/> as in <see cref="Translate.Entry"/>.</summary>
    public void Begin(Memory<byte> buffer, bool plus, bool epochs)
    {
        (_buffer, _plus, _epochs, Length) = (buffer, plus, epochs, 0);
        _listed.Clear();
        _leftOut.Clear();
    }

    /// <inheritdoc/>
    public bool TryAdd(ReadOnlySpan<char> name, ulong inodeNumber, FileKind kind, long nextCookie) =>
        // The kernel skips the entry part where its node is 0.
        !IsFileName(name) || TryWrite(name, default, inodeNumber, kind, nextCookie);

    /// <inheritdoc/>
    public bool TryAdd(ReadOnlySpan<char> name, in Entry entry, long nextCookie)
    {
        if (name is "." or "..")
        {
            return TryWrite(name, default, entry.Attributes.InodeNumber, FileKind.Directory, nextCookie);
        }

        var shown = IsFileName(name);
        if (shown && !TryWrite(name, Translate.Entry(entry, _epochs), entry.Attributes.InodeNumber, entry.Attributes.Kind, nextCookie))
        {
            return false;
        }

        if (_plus && entry.Node != 0)
        {
            (shown ? _listed : _leftOut).Add(entry.Node);
        }

        return true;
    }

    private static bool IsFileName(ReadOnlySpan<char> name) =>
        !name.IsEmpty && !name.ContainsAny('/', '\0')
        && (name.Length <= Limits.NameBytes / MostBytesOfUnit || Encoding.UTF8.GetByteCount(name) <= Limits.NameBytes);

    private bool TryWrite(ReadOnlySpan<char> name, in FuseEntryOut entry, ulong inodeNumber, FileKind kind, long nextCookie)
    {
        var free = _buffer.Span[Length..];
        var headBytes = _plus ? Unsafe.SizeOf<FuseDirEntPlus>() : Unsafe.SizeOf<FuseDirEnt>();
        if (free.Length <= headBytes || !Encoding.UTF8.TryGetBytes(name, free[headBytes..], out var nameBytes))
        {
            return false;
        }

        var recordBytes = (headBytes + nameBytes + 7) & ~7;
        if (recordBytes > free.Length)
        {
            return false;
        }

        var record = new FuseDirEnt(inodeNumber, (ulong)nextCookie, (uint)nameBytes, Translate.TypeBits(kind) >> 12);
        if (_plus)
        {
            MemoryMarshal.Write(free, new FuseDirEntPlus(entry, record));
        }
        else
        {
            MemoryMarshal.Write(free, record);
        }

        free[(headBytes + nameBytes)..recordBytes].Clear();
        Length += recordBytes;
        return true;
    }
}
