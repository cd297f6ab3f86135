using ArraylakeFs.FileSystem;
using Microsoft.Win32.SafeHandles;
using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>
/// Passthrough: the kernel reads chunks on a local disk, and writes new ones, by itself. It takes the machine's administrator and Linux 6.9; where the kernel
/// refuses once for such a reason, it is not asked again, and reads come here as ever.
/// </summary>
internal sealed class BackingFiles(IFuseChannel channel, Action<string>? log) : IBackingFiles
{
    private volatile bool _isUsed;

    /// <summary>Whether the kernel takes backing files; false before INIT was answered.</summary>
    public bool IsUsed
    {
        get => _isUsed;
        set => _isUsed = value;
    }

    /// <inheritdoc/>
    public int TryOpen(SafeFileHandle file)
    {
        if (!_isUsed)
        {
            return 0;
        }

        int id = channel.OpenBacking(file);
        if (id > 0)
        {
            return id;
        }

        // Neither will change: ENFILE or ENOMEM may.
        if (-id is LinuxError.NotPermitted or LinuxError.Loop or LinuxError.NotSupported or LinuxError.Invalid)
        {
            _isUsed = false;
            log?.Invoke($"The kernel does not read and write chunks by itself: {LinuxError.Describe(-id)}.");
        }

        return 0;
    }

    /// <inheritdoc/>
    public void Close(int id)
    {
        try
        {
            channel.CloseBacking(id);
        }
        catch (ObjectDisposedException)
        {
            // The mount is gone, and with it all that the kernel had of it.
        }
    }
}
