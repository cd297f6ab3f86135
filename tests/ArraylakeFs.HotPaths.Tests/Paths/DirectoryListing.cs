using ArraylakeFs.FileSystem;

namespace ArraylakeFs.HotPaths.Tests.Paths;

/// <summary>Lists a directory of <see cref="Names"/> chunks, as many names at a time as a reply of the kernel's usual size holds.</summary>
public sealed class DirectoryListing : IHotPath
{
    /// <summary>How many.</summary>
    public const int Names = 100_000;

    private readonly CommittedArray _mount;
    private readonly ulong _directory;
    private readonly Reply _reply = new();

    public DirectoryListing()
    {
        _mount = CommittedArray.CreateAsync(Names, bytes: 16).GetAwaiter().GetResult();
        _directory = _mount.NodeAsync("root.zarr/x/c").GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void Run()
    {
        ulong handle = AtOnce.Result(_mount.FileSystem.OpenDirectoryAsync(_directory)).Value;
        int count = -2; // . and ..
        do
        {
            _reply.Count = 0;
            if (AtOnce.Result(_mount.FileSystem.ReadDirectoryAsync(handle, _reply.Cookie, withAttributes: false, _reply)) != default)
            {
                throw new InvalidOperationException("it cannot be listed");
            }

            count += _reply.Count;
        }
        while (_reply.Count > 0);
        _mount.FileSystem.ReleaseDirectory(handle);
        _reply.Cookie = 0;
        if (count != Names)
        {
            throw new InvalidOperationException($"{count} names were listed");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _mount.Dispose();

    private sealed class Reply : IDirectorySink
    {
        private const int Most = 1000;

        public int Count { get; set; }

        public long Cookie { get; set; }

        public bool TryAdd(ReadOnlySpan<char> name, ulong inodeNumber, FileKind kind, long nextCookie)
        {
            if (Count == Most)
            {
                return false;
            }

            (Count, Cookie) = (Count + 1, nextCookie);
            return true;
        }

        public bool TryAdd(ReadOnlySpan<char> name, in Entry entry, long nextCookie) => TryAdd(name, 0, default, nextCookie);
    }
}
