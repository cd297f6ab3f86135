using ArraylakeFs.FileSystem;

namespace ArraylakeFs.HotPaths.Tests.Paths;

/// <summary>Reads a committed chunk that is open, where the kernel does not do so by itself.</summary>
public sealed class ChunkRead : IHotPath
{
    private readonly byte[] _buffer = new byte[65_536];
    private readonly CommittedArray _mount;
    private readonly ulong _chunk, _handle;

    public ChunkRead()
    {
        _mount = CommittedArray.CreateAsync(1, _buffer.Length).GetAwaiter().GetResult();
        _chunk = _mount.NodeAsync("root.zarr/x/c/0").GetAwaiter().GetResult();
        _handle = _mount.FileSystem.OpenAsync(_chunk, OpenFlags.Read, default).AsTask().GetAwaiter().GetResult().Value.Handle;
    }

    /// <inheritdoc/>
    public void Run()
    {
        if (AtOnce.Result(_mount.FileSystem.ReadAsync(_chunk, _handle, 0, _buffer)).Value != _buffer.Length)
        {
            throw new InvalidOperationException("it was not read as a whole");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _mount.FileSystem.Release(_handle);
        _mount.Dispose();
    }
}
