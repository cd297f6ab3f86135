using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.Sessions;

/// <summary>
/// Reads the bytes of one file, wherever they are. Opening one costs nothing and cannot fail: what is missing or damaged shows
/// at the first read, because tools take a failed open of a chunk for a chunk that was never written.
/// </summary>
public abstract class ContentReader : IDisposable
{
    /// <summary>A reader of committed content.</summary>
    public static ContentReader Of(FileContent content, ZarrRepository repository) => content switch
    {
        DocumentContent document => new MemoryReader(document.Bytes),
        ChunkContent { Chunk.Kind: ChunkKind.Inline } chunk => new MemoryReader(chunk.Chunk.InlineData),
        ChunkContent { Chunk: { Kind: ChunkKind.Native } chunk } =>
            new ObjectReader($"chunks/{chunk.ChunkId}", chunk.Offset, chunk.Length, repository.Store),
        ObjectContent o => new ObjectReader($"chunks/{o.ChunkId}", 0, o.Length, repository.Store),
        ChunkContent chunk => new VirtualReader(chunk.Chunk, repository),
        _ => throw new ArgumentException("staged content is opened by the session", nameof(content)),
    };

    /// <summary>A reader that fails at the first read.</summary>
    internal static ContentReader Failing(SessionException error) => new FailingReader(error);

    /// <summary>
    /// Reads from <paramref name="offset"/>; fewer bytes than asked only at the end. Throws <see cref="SessionException"/>: EIO, or
    /// EACCES for a virtual chunk that the user has not allowed to be read.
    /// </summary>
    public abstract ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>
    /// Opens the file on the local disk that has exactly these bytes and does not change while nobody writes to the file; null if there is none, or it
    /// is damaged, which shows at the first read.
    /// </summary>
    public virtual SafeFileHandle? OpenBacking() => null;

    /// <summary>Gives back what is held open.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    private sealed class FailingReader(SessionException error) : ContentReader
    {
        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) => throw error;
    }

    private sealed class MemoryReader(ReadOnlyMemory<byte> bytes) : ContentReader
    {
        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            if (offset >= bytes.Length)
            {
                return new(0);
            }

            int count = (int)Math.Min(destination.Length, bytes.Length - offset);
            bytes.Span.Slice((int)offset, count).CopyTo(destination.Span);
            return new(count);
        }
    }

    /// <summary>A chunk object of the repository. A local one is opened once, at the first read.</summary>
    private sealed class ObjectReader(string key, long start, long length, IObjectStore store) : ContentReader
    {
        private SafeFileHandle? _file;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            long left = length - offset;
            if (left <= 0)
            {
                return new(0);
            }

            if (destination.Length > left)
            {
                destination = destination[..(int)left];
            }

            return store.Local is { } local
                ? new(ReadLocal(local, start + offset, destination.Span))
                : ReadFromStoreAsync(start + offset, destination, cancellationToken);
        }

        public override SafeFileHandle? OpenBacking()
        {
            if (start != 0 || store.Local is not { } local)
            {
                return null;
            }

            try
            {
                var file = local.OpenToRead(key);
                if (file is null || FileTimes.Of(file).Size == length)
                {
                    return file;
                }

                file.Dispose();
            }
            catch (Exception e) when (e is StorageException or IOException)
            {
                // The first read says so.
            }

            return null;
        }

        public override void Dispose()
        {
            _file?.Dispose();
            base.Dispose();
        }

        private int ReadLocal(ILocalObjects local, long position, Span<byte> destination)
        {
            try
            {
                var file = _file ?? Open(local);
                int done = 0;
                while (done < destination.Length)
                {
                    int count = RandomAccess.Read(file, destination[done..], position + done);
                    if (count == 0)
                    {
                        throw Short();
                    }

                    done += count;
                }

                return done;
            }
            catch (StorageException e)
            {
                throw new SessionException(Errno.InputOutput, e.Message, e);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new SessionException(Errno.InputOutput, $"{key} cannot be read: {e.Message}", e);
            }
        }

        private SafeFileHandle Open(ILocalObjects local)
        {
            var opened = local.OpenToRead(key) ?? throw Missing();
            var first = Interlocked.CompareExchange(ref _file, opened, null);
            if (first is null)
            {
                return opened;
            }

            opened.Dispose();
            return first;
        }

        private async ValueTask<int> ReadFromStoreAsync(long position, Memory<byte> destination, CancellationToken cancellationToken)
        {
            try
            {
                int? count = await store.ReadAsync(key, position, destination, cancellationToken);
                return count == destination.Length ? count.Value : throw (count is null ? Missing() : Short());
            }
            catch (StorageException e)
            {
                throw new SessionException(Errno.InputOutput, e.Message, e);
            }
        }

        private SessionException Missing() => new(Errno.InputOutput, $"{key} is missing from the repository");

        private SessionException Short() =>
            new(Errno.InputOutput, $"{key} is shorter than the {length} bytes that its manifest states");
    }

    /// <summary>A chunk outside the repository. Its target is opened once, at the first read that the user's permission covers.</summary>
    private sealed class VirtualReader(ChunkReference chunk, ZarrRepository repository) : ContentReader
    {
        private VirtualChunk? _opened;

        public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            try
            {
                return await (_opened ?? await OpenAsync(cancellationToken)).ReadAsync(offset, destination, cancellationToken);
            }
            catch (Exception e) when (e is StorageException or RepositoryException)
            {
                throw new SessionException(
                    e is RepositoryException { Kind: RepositoryErrorKind.Denied } ? Errno.Access : Errno.InputOutput, e.Message, e);
            }
        }

        public override void Dispose()
        {
            _opened?.Dispose();
            base.Dispose();
        }

        private async ValueTask<VirtualChunk> OpenAsync(CancellationToken cancellationToken)
        {
            var opened = await repository.OpenVirtualAsync(chunk, cancellationToken);
            var first = Interlocked.CompareExchange(ref _opened, opened, null);
            if (first is null)
            {
                return opened;
            }

            opened.Dispose();
            return first;
        }
    }
}

/// <summary>Reads and writes a file of the staging area.</summary>
internal sealed class StagedFile(SafeFileHandle file, bool canWrite) : ContentReader
{
    /// <summary>False where a commit had made it a chunk object when it was opened.</summary>
    public bool CanWrite => canWrite;

    public (long Size, long ModifiedNs) Status => FileTimes.Of(file);

    /// <summary>Whether a kernel writes to it by itself, for the one who has made it. Guarded by the tree's lock.</summary>
    public bool HasKernelWriter { get; set; }

    /// <summary>What <see cref="Status"/> was when what it had written was last taken note of.</summary>
    public (long Size, long ModifiedNs) Noticed { get; set; }

    public override SafeFileHandle? OpenBacking() => new(file.DangerousGetHandle(), ownsHandle: false);

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int done = 0;
        while (done < destination.Length)
        {
            int count = RandomAccess.Read(file, destination.Span[done..], offset + done);
            if (count == 0)
            {
                break;
            }

            done += count;
        }

        return new(done);
    }

    public void Write(long offset, ReadOnlySpan<byte> source) => RandomAccess.Write(file, source, offset);

    public void SetLength(long length) => RandomAccess.SetLength(file, length);

    public void SetModified(long modifiedNs) => FileTimes.SetModified(file, modifiedNs);

    /// <summary>Waits until what a kernel writes to it this moment is written: its <see cref="Status"/> has been another since that began.</summary>
    public void AwaitWrites() => FileWriters.Await(file);

    public void Sync() => RandomAccess.FlushToDisk(file);

    public override void Dispose()
    {
        file.Dispose();
        base.Dispose();
    }
}
