using ArraylakeFs.FileSystem;
using ArraylakeFs.Sessions;
using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>Requests about open files and open directories.</summary>
internal sealed partial class FuseOperations
{
    public bool Open(FuseRequest request)
    {
        var flags = Translate.Open(request.Take<FuseOpenIn>().Flags);
        return Finish(request, _fileSystem.OpenAsync(request.Node, flags, CallerOf(request)), static (operations, request, opened) =>
        {
            if (!request.ReplyStruct(Translate.Opened(opened, request.First<FuseOpenIn>().Flags)))
            {
                operations._fileSystem.Release(opened.Handle);
            }
        });
    }

    public bool Read(FuseRequest request)
    {
        ref readonly var arguments = ref request.Take<FuseReadIn>();
        return Finish(
            request,
            _fileSystem.ReadAsync(request.Node, arguments.Handle, (long)arguments.Offset, request.Payload(arguments.Size)),
            static (_, request, length) => request.ReplyPayload(length));
    }

    public bool Write(FuseRequest request)
    {
        ref readonly var arguments = ref request.Take<FuseWriteIn>();
        var data = request.TakeData((int)Math.Min(arguments.Size, int.MaxValue));
        return Finish(
            request,
            _fileSystem.WriteAsync(arguments.Handle, (long)arguments.Offset, data),
            static (_, request, length) => request.ReplyStruct(new FuseWriteOut((uint)length, 0)));
    }

    /// <summary>COPY_FILE_RANGE, whose answer counts in 32 bits.</summary>
    public bool CopyRange(FuseRequest request) => Finish(
        request,
        CopyRange(request.Take<FuseCopyFileRangeIn>(), uint.MaxValue),
        static (_, request, length) => request.ReplyStruct(new FuseWriteOut((uint)length, 0)));

    /// <summary>COPY_FILE_RANGE_64.</summary>
    public bool CopyLongRange(FuseRequest request) => Finish(
        request,
        CopyRange(request.Take<FuseCopyFileRangeIn>(), long.MaxValue),
        static (_, request, length) => request.ReplyStruct(new FuseCopyFileRangeOut((ulong)length)));

    public bool Flush(FuseRequest request) => Finish(request, _fileSystem.FlushAsync(request.Take<FuseFlushIn>().Handle));

    public bool Sync(FuseRequest request) => Finish(request, _fileSystem.SyncAsync(request.Take<FuseFSyncIn>().Handle));

    public bool Allocate(FuseRequest request)
    {
        ref readonly var arguments = ref request.Take<FuseFAllocateIn>();
        return Finish(
            request, _fileSystem.AllocateAsync(arguments.Handle, (long)arguments.Offset, (long)arguments.Length, arguments.Mode));
    }

    public bool Release(FuseRequest request)
    {
        _fileSystem.Release(request.Take<FuseReleaseIn>().Handle);
        return request.ReplyStatus(Errno.None);
    }

    public bool OpenDirectory(FuseRequest request) =>
        Finish(request, _fileSystem.OpenDirectoryAsync(request.Node), static (operations, request, handle) =>
        {
            if (!request.ReplyStruct(new FuseOpenOut(handle, FuseOpenReplyFlags.None, BackingId: 0)))
            {
                operations._fileSystem.ReleaseDirectory(handle);
            }
        });

    public bool ReadDirectory(FuseRequest request, bool withAttributes)
    {
        ref readonly var arguments = ref request.Take<FuseReadIn>();
        request.Sink.Begin(request.Payload(arguments.Size), withAttributes, HasEpochs);
        var pending = _fileSystem.ReadDirectoryAsync(arguments.Handle, (long)arguments.Offset, withAttributes, request.Sink);
        if (pending.IsCompleted)
        {
            ReplyListing(request, pending.GetAwaiter().GetResult());
            return true;
        }

        _ = ReplyListingLater(request, pending);
        return false;
    }

    public bool ReleaseDirectory(FuseRequest request)
    {
        _fileSystem.ReleaseDirectory(request.Take<FuseReleaseIn>().Handle);
        return request.ReplyStatus(Errno.None);
    }

    public bool SyncDirectory(FuseRequest request) => Finish(request, _fileSystem.SyncDirectoryAsync(request.Node));

    private ValueTask<Result<long>> CopyRange(in FuseCopyFileRangeIn range, ulong maxBytes) => _fileSystem.CopyRangeAsync(
        range.SourceHandle, (long)range.SourceOffset, range.TargetHandle, (long)range.TargetOffset, (long)Math.Min(range.Length, maxBytes));

    private async Task ReplyListingLater(FuseRequest request, ValueTask<Errno> pending)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            ReplyListing(request, await pending.ConfigureAwait(false));
        }
        catch (Exception error)
        {
            Fail(request, error);
        }
        finally
        {
            Done(request);
        }
    }

    private void ReplyListing(FuseRequest request, Errno errno)
    {
        var received = errno == Errno.None ? request.ReplyPayload(request.Sink.Length) : !request.ReplyStatus(errno);
        if (!received)
        {
            GiveBack(request.Sink.Listed);
        }

        GiveBack(request.Sink.LeftOut);
    }

    private void GiveBack(IReadOnlyList<ulong> nodes)
    {
        for (var i = 0; i < nodes.Count; i++)
        {
            _fileSystem.Forget(nodes[i], 1);
        }
    }
}
