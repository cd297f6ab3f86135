using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>
/// A kernel's passthrough: it reads and writes registered files by itself, and refuses with EIO what Linux refuses, to use one inode by two ways at
/// once. It writes to no chunk object, whatever has become of the file by then.
/// </summary>
internal sealed class KernelReads : IBackingFiles, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, SafeFileHandle> _files = [];
    private readonly Dictionary<ulong, List<int>> _opens = []; // by node: the backing id of each open, or 0
    private int _last;

    /// <summary>How many opens were passed through.</summary>
    public int PassedThrough { get; private set; }

    /// <summary>Files that are registered and not yet taken back.</summary>
    public int Registered
    {
        get
        {
            lock (_lock)
            {
                return _files.Count;
            }
        }
    }

    public int TryOpen(SafeFileHandle file)
    {
        lock (_lock)
        {
            _files[++_last] = OpenAgain(file, FileAccess.Read);
            return _last;
        }
    }

    public void Close(int id)
    {
        lock (_lock)
        {
            Assert.True(_files.Remove(id, out var file));
            file.Dispose(); // what is open goes on
        }
    }

    /// <summary>What Linux does with the reply to an open; the file that is used in its place, if any, which is the caller's to dispose of.</summary>
    public SafeFileHandle? Opened(ulong node, OpenedFile file, bool writes)
    {
        lock (_lock)
        {
            var opens = _opens.TryGetValue(node, out var list) ? list : _opens[node] = [];
            Assert.True(file.Caching != DataCaching.Direct || file.BackingId == 0);
            Assert.True(opens.All(id => id == file.BackingId), $"EIO: node {node} is open as {string.Join(", ", opens)}, and now as {file.BackingId}");
            opens.Add(file.BackingId);
            PassedThrough += file.BackingId != 0 ? 1 : 0;
            return file.BackingId == 0 ? null : OpenAgain(_files[file.BackingId], writes ? FileAccess.ReadWrite : FileAccess.Read);
        }
    }

    /// <summary>A write that the file system does not see.</summary>
    public static void Write(SafeFileHandle file, long offset, byte[] bytes)
    {
        Assert.DoesNotContain("/chunks/", new FileInfo(PathOf(file)).LinkTarget, StringComparison.Ordinal);
        RandomAccess.Write(file, bytes, offset);
    }

    public void Released(ulong node, int backingId)
    {
        lock (_lock)
        {
            Assert.True(_opens[node].Remove(backingId));
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var file in _files.Values)
            {
                file.Dispose();
            }
        }
    }

    private static SafeFileHandle OpenAgain(SafeFileHandle file, FileAccess access) =>
        File.OpenHandle(PathOf(file), FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete);

    private static string PathOf(SafeFileHandle file) => $"/proc/self/fd/{file.DangerousGetHandle()}";
}
