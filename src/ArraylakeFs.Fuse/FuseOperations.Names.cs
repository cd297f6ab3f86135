using System.Text;
using ArraylakeFs.FileSystem;
using ArraylakeFs.Sessions;
using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>Requests that make, remove or change names.</summary>
internal sealed partial class FuseOperations
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public bool MakeDirectory(FuseRequest request)
    {
        var mode = request.Take<FuseMkDirIn>().Mode;
        var error = request.TakeName(out var name);
        return error == Errno.None
            ? Finish(request, _fileSystem.MakeDirectoryAsync(request.Node, name, mode & ~FileTypeBits.Mask), ReplyEntry)
            : request.ReplyStatus(error);
    }

    public bool MakeSymbolicLink(FuseRequest request)
    {
        var error = request.TakeName(out var name);
        if (error != Errno.None)
        {
            return request.ReplyStatus(error);
        }

        var target = request.TakeString();
        try
        {
            return Finish(request, _fileSystem.MakeSymbolicLinkAsync(request.Node, name, StrictUtf8.GetString(target)), ReplyEntry);
        }
        catch (DecoderFallbackException)
        {
            return request.ReplyStatus(Errno.IllegalSequence);
        }
    }

    /// <summary>mknod(2): regular files only, created and closed.</summary>
    public bool MakeNode(FuseRequest request)
    {
        var mode = request.Take<FuseMkNodIn>().Mode;
        if ((mode & FileTypeBits.Mask) is not (FileTypeBits.Regular or 0))
        {
            return request.ReplyStatus(Errno.NotPermitted);
        }

        var error = request.TakeName(out var name);
        if (error != Errno.None)
        {
            return request.ReplyStatus(error);
        }

        var flags = OpenFlags.Write | OpenFlags.Exclusive;
        var pending = _fileSystem.CreateAsync(request.Node, name, mode & ~FileTypeBits.Mask, flags, CallerOf(request));
        return Finish(request, pending, static (operations, request, created) =>
        {
            operations._fileSystem.Release(created.File.Handle);
            ReplyEntry(operations, request, created.Entry);
        });
    }

    public bool Create(FuseRequest request)
    {
        var arguments = request.Take<FuseCreateIn>();
        var error = request.TakeName(out var name);
        if (error != Errno.None)
        {
            return request.ReplyStatus(error);
        }

        var flags = Translate.Open(arguments.Flags);
        var pending = _fileSystem.CreateAsync(request.Node, name, arguments.Mode & ~FileTypeBits.Mask, flags, CallerOf(request));
        return Finish(request, pending, static (operations, request, created) =>
        {
            var opened = Translate.Opened(created.File, request.First<FuseCreateIn>().Flags);
            if (!request.ReplyStructs(Translate.Entry(created.Entry, operations.HasEpochs), opened))
            {
                operations._fileSystem.Release(created.File.Handle);
                operations._fileSystem.Forget(created.Entry.Node, 1);
            }
        });
    }

    public bool Link(FuseRequest request)
    {
        var node = request.Take<FuseLinkIn>().OldNodeId;
        var error = request.TakeName(out var name);
        return error == Errno.None
            ? Finish(request, _fileSystem.LinkAsync(node, request.Node, name, CallerOf(request)), ReplyEntry)
            : request.ReplyStatus(error);
    }

    public bool Unlink(FuseRequest request)
    {
        var error = TakeExistingName(request, out var name);
        return error == Errno.None ? Finish(request, _fileSystem.UnlinkAsync(request.Node, name, CallerOf(request))) : request.ReplyStatus(error);
    }

    public bool RemoveDirectory(FuseRequest request)
    {
        var error = TakeExistingName(request, out var name);
        return error == Errno.None ? Finish(request, _fileSystem.RemoveDirectoryAsync(request.Node, name)) : request.ReplyStatus(error);
    }

    public bool Rename(FuseRequest request) => Rename(request, request.Take<FuseRenameIn>().NewParent, RenameFlags.None);

    public bool RenameWithFlags(FuseRequest request)
    {
        var arguments = request.Take<FuseRename2In>();
        return (arguments.Flags & ~(uint)(RenameFlags.NoReplace | RenameFlags.Exchange)) == 0
            ? Rename(request, arguments.NewParent, (RenameFlags)arguments.Flags)
            : request.ReplyStatus(Errno.Invalid);
    }

    private bool Rename(FuseRequest request, ulong newParent, RenameFlags flags)
    {
        var error = TakeExistingName(request, out var name);
        if (error != Errno.None)
        {
            return request.ReplyStatus(error);
        }

        error = request.TakeName(out var newName);
        return error == Errno.None
            ? Finish(request, _fileSystem.RenameAsync(request.Node, name, newParent, newName, flags, CallerOf(request)))
            : request.ReplyStatus(error);
    }

    private Caller CallerOf(FuseRequest request) =>
        new(_threads.ProcessOf((int)request.Header.ProcessId), request.Header.UserId, request.Header.GroupId);
}
