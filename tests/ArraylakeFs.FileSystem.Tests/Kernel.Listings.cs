using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Tests;

// Listings, a few entries at a time.
internal sealed partial class Kernel
{
    private Errno List(ulong node, bool withAttributes, out string[] names)
    {
        var all = new List<string>();
        var errno = List(node, withAttributes, all.Add);
        names = [.. all.Order(StringComparer.Ordinal)];
        Assert.Equal(names.Length, names.Distinct().Count());
        return errno;
    }

    private Errno List(ulong node, bool withAttributes, Action<string> seen)
    {
        var opened = Wait(fileSystem.OpenDirectoryAsync(node));
        if (!opened.Ok)
        {
            return opened.Errno;
        }

        var sink = new Sink(fileSystem);
        Errno errno;
        do
        {
            bool isFirst = sink.Cookie == 0;
            sink.Names.Clear();
            errno = Wait(fileSystem.ReadDirectoryAsync(opened.Value, sink.Cookie, withAttributes, sink));
            Assert.True(errno != Errno.None || !isFirst || sink.Names is [".", "..", ..]);
            foreach (string name in sink.Names.Where(n => n is not ("." or "..")))
            {
                seen(name);
            }
        }
        while (errno == Errno.None && sink.Names.Count > 0);
        fileSystem.ReleaseDirectory(opened.Value);
        return errno;
    }

    /// <summary>Takes a few entries at a time, so that listings are continued by their cookies.</summary>
    private sealed class Sink(IFileSystem fileSystem) : IDirectorySink
    {
        private const int Room = 7;

        public List<string> Names { get; } = [];

        public long Cookie { get; private set; }

        public bool TryAdd(ReadOnlySpan<char> name, ulong inodeNumber, FileKind kind, long nextCookie)
        {
            if (Names.Count == Room)
            {
                return false;
            }

            Assert.NotEqual(0UL, inodeNumber);
            Cookie = nextCookie;
            Names.Add(name.ToString());
            return true;
        }

        public bool TryAdd(ReadOnlySpan<char> name, in Entry entry, long nextCookie)
        {
            if (!TryAdd(name, entry.Attributes.InodeNumber, entry.Attributes.Kind, nextCookie))
            {
                return false;
            }

            fileSystem.Forget(entry.Node, 1);
            return true;
        }
    }
}
