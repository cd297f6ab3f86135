using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Native.Fuse;

/// <summary>Commands of <c>/dev/fuse</c> on an io_uring (enum fuse_uring_cmd).</summary>
public enum FuseRingCommand : uint
{
    /// <summary>Offers memory for one request at a time; completes when one has come.</summary>
    Register = 1,

    /// <summary>Answers the request that came, and completes when the next one has come into the same memory.</summary>
    CommitAndFetch = 2,
}

/// <summary>fuse_uring_cmd_req, 24 bytes: the command's own part of a submission entry. <paramref name="Queue"/> is the number of a CPU.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
public readonly record struct FuseRingCommandIn(ulong Flags, ulong CommitId, ushort Queue);

/// <summary>fuse_uring_ent_in_out, 32 bytes. <paramref name="CommitId"/> names the request to who answers it.</summary>
/// <param name="Flags">None yet.</param>
/// <param name="CommitId">Which request this is.</param>
/// <param name="PayloadLength">Bytes of the payload that are the request's, or the reply's.</param>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public readonly record struct FuseRingEntry(ulong Flags, ulong CommitId, uint PayloadLength);

/// <summary>
/// fuse_uring_req_header, 288 bytes: all of a request or reply but its payload. The header is a <see cref="FuseInHeader"/> on its way here and a
/// <see cref="FuseOutHeader"/> on its way back; the argument is the struct behind it, of a request only: a reply's is in the payload.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct FuseRingHeader
{
    /// <summary>Room for either header.</summary>
    public FuseRingPart Header;

    /// <summary>The request's first struct, if it has one.</summary>
    public FuseRingPart Argument;

    /// <summary>Which request, and how much payload.</summary>
    public FuseRingEntry Entry;
}

/// <summary>128 bytes.</summary>
[InlineArray(128)]
public struct FuseRingPart
{
    private byte _first;
}
