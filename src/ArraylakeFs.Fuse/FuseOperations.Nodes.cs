using System.Text;
using ArraylakeFs.FileSystem;
using ArraylakeFs.Sessions;
using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>Requests about one node: finding it, its attributes, its link target.</summary>
internal sealed partial class FuseOperations
{
    private const uint ExecutionAsked = 1; // X_OK
    private const uint AnyExecution = 0b001_001_001;

    public bool Lookup(FuseRequest request)
    {
        var error = TakeExistingName(request, out var name);
        return error == Errno.None ? Finish(request, _fileSystem.LookupAsync(request.Node, name, CallerOf(request)), ReplyEntry) : request.ReplyStatus(error);
    }

    public bool Forget(FuseRequest request)
    {
        _fileSystem.Forget(request.Node, request.Take<FuseForgetIn>().Count);
        return request.ReplyNothing();
    }

    public bool ForgetMany(FuseRequest request)
    {
        // No reply is due even if an entry fails: say so first.
        request.ReplyNothing();
        var count = request.Take<FuseBatchForgetIn>().Count;
        for (var i = 0u; i < count; i++)
        {
            ref readonly var one = ref request.Take<FuseForgetOne>();
            _fileSystem.Forget(one.NodeId, one.Count);
        }

        return true;
    }

    public bool GetAttributes(FuseRequest request) => Finish(
        request,
        _fileSystem.GetAttributesAsync(request.Node),
        static (_, request, reply) => request.ReplyStruct(Translate.AttrOut(reply)));

    public bool SetAttributes(FuseRequest request) => Finish(
        request,
        _fileSystem.SetAttributesAsync(request.Node, Translate.Change(request.Take<FuseSetAttrIn>())),
        static (_, request, reply) => request.ReplyStruct(Translate.AttrOut(reply)));

    /// <summary>
    /// access(2) and chdir(2), which come here where the kernel does not check permissions itself. Root may do everything but run a file that
    /// nobody may.
    /// </summary>
    public bool MayAccess(FuseRequest request) => Finish(request, _fileSystem.GetAttributesAsync(request.Node), static (_, request, reply) =>
    {
        bool isExecution = (request.First<FuseAccessIn>().Mask & ExecutionAsked) != 0;
        var attributes = reply.Attributes;
        request.ReplyStatus(
            isExecution && attributes.Kind == FileKind.File && (attributes.Permissions & AnyExecution) == 0 ? Errno.Access : Errno.None);
    });

    public bool ReadLink(FuseRequest request) => Finish(request, _fileSystem.ReadLinkAsync(request.Node), static (_, request, target) =>
    {
        if (Encoding.UTF8.TryGetBytes(target, request.PayloadSpan(Limits.TargetBytes), out var length))
        {
            request.ReplyPayload(length);
        }
        else
        {
            request.ReplyStatus(Errno.NameTooLong);
        }
    });

    public bool GetExtendedAttribute(FuseRequest request)
    {
        var size = request.Take<FuseGetXAttrIn>().Size;
        // The kernel asks for this one before it writes; ENOSYS would switch off extended attributes altogether.
        if (request.PeekIs("security.capability"u8))
        {
            return request.ReplyStatus(Errno.NoData);
        }

        var error = request.TakeName(out var name);
        if (error != Errno.None)
        {
            return request.ReplyStatus(Errno.NoData);
        }

        var pending = _fileSystem.GetExtendedAttributeAsync(request.Node, name);
        return size == 0
            ? Finish(request, pending, static (_, request, value) => request.ReplyStruct(new FuseGetXAttrOut((uint)value.Length, 0)))
            : Finish(request, pending, ReplyExtendedAttribute);
    }

    /// <summary>None is ever listed: `cp -a` and rsync would try to write them elsewhere.</summary>
    public static bool ListExtendedAttributes(FuseRequest request)
    {
        if (request.Take<FuseGetXAttrIn>().Size == 0)
        {
            request.ReplyStruct(new FuseGetXAttrOut(0, 0));
            return true;
        }

        return request.ReplyStatus(Errno.None);
    }

    public bool Statistics(FuseRequest request) => Finish(request, _fileSystem.StatisticsAsync(), static (_, request, volume) =>
        request.ReplyStruct(new FuseStatFsOut(
            volume.Blocks, volume.FreeBlocks, volume.AvailableBlocks, volume.Files, volume.FreeFiles, volume.BlockSize, volume.NameLength,
            FragmentSize: volume.BlockSize)));

    private static void ReplyEntry(FuseOperations operations, FuseRequest request, Entry entry)
    {
        if (!request.ReplyStruct(Translate.Entry(entry, operations.HasEpochs)) && entry.Node != 0)
        {
            // The caller is gone and the kernel does not know of the reference.
            operations._fileSystem.Forget(entry.Node, 1);
        }
    }

    private static void ReplyExtendedAttribute(FuseOperations operations, FuseRequest request, ReadOnlyMemory<byte> value)
    {
        var room = request.PayloadSpan(request.First<FuseGetXAttrIn>().Size);
        if (value.Span.TryCopyTo(room))
        {
            request.ReplyPayload(value.Length);
        }
        else
        {
            request.ReplyStatus(ResultTooLarge);
        }
    }

    /// <summary>A name that should exist: one that is not UTF-8 does not.</summary>
    private static Errno TakeExistingName(FuseRequest request, out ReadOnlySpan<char> name)
    {
        var error = request.TakeName(out name);
        return error == Errno.IllegalSequence ? Errno.NoEntry : error;
    }
}
