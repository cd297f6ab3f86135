using System.Runtime.InteropServices;
using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>
/// Where requests come from and replies go: the kernel's device, or a socket in its place. One call moves one message. A reply goes to the
/// channel that its request was read from.
/// </summary>
public interface IFuseChannel : IDisposable
{
    /// <summary>Blocks until a request arrives. Returns its length, 0 at the end, or a negated errno.</summary>
    int Read(Span<byte> buffer);

    /// <summary>Writes one reply or notification. Returns 0 or an errno.</summary>
    int Write(ReadOnlySpan<byte> message);

    /// <summary>The kernel's device, for what only a device can do; null where the channel is none.</summary>
    FuseDevice? Device { get; }

    /// <summary>Registers a backing file for passthrough: its id, above 0, or the negated errno.</summary>
    int OpenBacking(SafeHandle file);

    /// <summary>Takes the registration of a backing file back.</summary>
    void CloseBacking(int id);

    /// <summary>A channel of the same connection for another reader; null where readers must share this one.</summary>
    IFuseChannel? TryClone();
}
