using System.Runtime.InteropServices;
using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>A channel over <c>/dev/fuse</c> or, where no kernel takes part, over one end of a SOCK_SEQPACKET socket pair.</summary>
public sealed class DescriptorChannel : IFuseChannel
{
    private readonly FileDescriptor _descriptor;

    /// <summary>Takes ownership of the descriptor.</summary>
    public DescriptorChannel(FileDescriptor descriptor) => _descriptor = descriptor;

    /// <inheritdoc/>
    public FuseDevice? Device => _descriptor as FuseDevice;

    /// <inheritdoc/>
    public int Read(Span<byte> buffer) => _descriptor.Read(buffer);

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<byte> message) => _descriptor.Write(message);

    /// <inheritdoc/>
    public int OpenBacking(SafeHandle file) => Device?.OpenBacking(file) ?? -LinuxError.NotSupported;

    /// <inheritdoc/>
    public void CloseBacking(int id) => Device?.CloseBacking(id);

    /// <inheritdoc/>
    public IFuseChannel? TryClone() =>
        Device?.TryClone(out _) is { } clone ? new DescriptorChannel(clone) : null;

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();
}
