using ArraylakeFs.FileSystem.Inodes;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem;

// Listings. What a listing shows is settled when the directory is opened, and again when it is rewound; its names are made while they are read, for
// a directory may have a million. Its cookies are positions in it, so nothing is skipped or told twice when names come and go during the scan.
public abstract partial class InodeFileSystem
{
    private const long DotCookie = 1, DotDotCookie = 2;

    /// <inheritdoc/>
    public ValueTask<Result<ulong>> OpenDirectoryAsync(ulong node) => Guard(async () =>
    {
        var directory = FindDirectory(node, "");
        var listing = new Listing(directory, await directory.ListAsync());
        ulong handle = Interlocked.Increment(ref _lastHandle);
        _listings[handle] = listing;
        return handle;
    });

    /// <inheritdoc/>
    public ValueTask<Errno> ReadDirectoryAsync(ulong handle, long cookie, bool withAttributes, IDirectorySink sink) => GuardDone(async () =>
    {
        var listing = _listings.GetValueOrDefault(handle) ?? throw new SessionException(Errno.BadHandle, "the directory is not open");
        if (cookie == 0)
        {
            await listing.BeginAsync();
        }

        if ((cookie < DotCookie && !AddDot(sink, ".", listing, DotCookie)) || (cookie < DotDotCookie && !AddDot(sink, "..", listing, DotDotCookie)))
        {
            return;
        }

        for (long i = Math.Max(cookie - DotDotCookie, 0); listing.TryGet(i, out var item); i++)
        {
            long next = i + 1 + DotDotCookie;
            if (!(withAttributes ? await TryAddWithAttributesAsync(sink, listing.Directory, item, next) : sink.TryAdd(item.Name, item.InodeNumber, item.Kind, next)))
            {
                return;
            }
        }
    });

    /// <inheritdoc/>
    public void ReleaseDirectory(ulong handle)
    {
        if (_listings.TryRemove(handle, out var listing))
        {
            listing.Dispose();
        }
    }

    private static bool AddDot(IDirectorySink sink, string name, Listing listing, long cookie) =>
        sink.TryAdd(name, listing.Directory.Attributes.InodeNumber, FileKind.Directory, cookie);

    private async ValueTask<bool> TryAddWithAttributesAsync(IDirectorySink sink, DirectoryInode directory, DirectoryItem item, long next)
    {
        if (!directory.TryLookup(item.Name, _inodes, out var found))
        {
            found = await directory.LookupAsync(item.Name, _inodes);
        }

        if (found is null)
        {
            return sink.TryAdd(item.Name, item.InodeNumber, item.Kind, next); // gone since the directory was opened
        }

        if (sink.TryAdd(item.Name, EntryOf(directory, item.Name, found), next))
        {
            return true;
        }

        _inodes.Forget(found.Node, 1);
        return false;
    }

    /// <summary>A directory that is open. The host reads it by one call after the other.</summary>
    private sealed class Listing(DirectoryInode directory, IEnumerable<DirectoryItem> items) : IDisposable
    {
        private IEnumerator<DirectoryItem> _items = items.GetEnumerator();
        private long _position = -1; // of the item that _items is at
        private bool _hasBegun, _isAtEnd;

        public DirectoryInode Directory => directory;

        /// <summary>From the start: the first time it is as fresh as the open, after rewinddir(3) it is not.</summary>
        public async ValueTask BeginAsync()
        {
            if (_hasBegun)
            {
                items = await directory.ListAsync();
                Restart();
            }

            _hasBegun = true;
        }

        /// <summary>The item at a position; false behind the last.</summary>
        public bool TryGet(long position, out DirectoryItem item)
        {
            if (position < _position)
            {
                Restart(); // seekdir(3)
            }

            while (_position < position && !_isAtEnd)
            {
                MoveNext();
            }

            item = _isAtEnd ? default : _items.Current;
            return !_isAtEnd;
        }

        public void Dispose() => _items.Dispose();

        private void MoveNext()
        {
            try
            {
                _isAtEnd = !_items.MoveNext();
                _position++;
            }
            catch
            {
                Restart(); // who goes on nevertheless is not to be told that this was the end
                throw;
            }
        }

        private void Restart()
        {
            _items.Dispose();
            (_items, _position, _isAtEnd) = (items.GetEnumerator(), -1, false);
        }
    }
}
