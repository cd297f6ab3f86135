using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>
/// A kernel's passthrough: it reads registered files by itself, and refuses with EIO what Linux refuses, to read one inode by two ways at once.
/// </summary>
internal sealed class KernelReads : IBackingFiles, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, SafeFileHandle> _files = [];
    private readonly Dictionary<ulong, List<int>> _opens = []; // by node: the backing id of each open, or 0
    private readonly List<SafeFileHandle> _closed = [];
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
            _files[++_last] = File.OpenHandle($"/proc/self/fd/{file.DangerousGetHandle()}");
            return _last;
        }
    }

    public void Close(int id)
    {
        lock (_lock)
        {
            Assert.True(_files.Remove(id, out var file));
            _closed.Add(file); // what is open goes on
        }
    }

    /// <summary>What Linux does with the reply to an open; the file that is read in its place, if any.</summary>
    public SafeFileHandle? Opened(ulong node, OpenedFile file)
    {
        lock (_lock)
        {
            var opens = _opens.TryGetValue(node, out var list) ? list : _opens[node] = [];
            Assert.True(file.Caching != DataCaching.Direct || file.BackingId == 0);
            Assert.True(opens.All(id => id == file.BackingId), $"EIO: node {node} is open as {string.Join(", ", opens)}, and now as {file.BackingId}");
            opens.Add(file.BackingId);
            PassedThrough += file.BackingId != 0 ? 1 : 0;
            return file.BackingId == 0 ? null : _files[file.BackingId];
        }
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
            _closed.AddRange(_files.Values);
            _closed.ForEach(file => file.Dispose());
        }
    }
}
