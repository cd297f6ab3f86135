using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.FileSystem;

/// <summary>
/// Where a host's kernel can, it reads, or writes to, a file on a disk by itself in place of one that is open here ("passthrough"): the host registers
/// such files.
/// May be called from any thread.
/// </summary>
public interface IBackingFiles
{
    /// <summary>
    /// A number above 0 for a file that the kernel is ready to use by itself; 0 where it is not, for whatever reason. The handle is not needed
    /// afterwards.
    /// </summary>
    int TryOpen(SafeFileHandle file);

    /// <summary>The number is not used for opens any more. Those that were opened with it go on.</summary>
    void Close(int id);
}
