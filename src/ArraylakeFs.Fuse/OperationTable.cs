using System.Runtime.CompilerServices;
using ArraylakeFs.Sessions;
using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>Begins an operation; true if the request was answered at once, false if that happens later on another thread.</summary>
internal delegate bool OperationHandler(FuseOperations operations, FuseRequest request);

/// <summary>What to do for an opcode. <paramref name="ArgumentBytes"/> is the least that must follow the header.</summary>
internal sealed record Operation(string Name, int ArgumentBytes, OperationHandler Handler);

/// <summary>
/// The opcodes that have an answer of their own. All others are answered ENOSYS, which the kernel remembers: it then does without (LSEEK,
/// POLL, STATX, TMPFILE, SYNCFS, locks).
/// </summary>
internal static class OperationTable
{
    private static readonly Operation Unknown = new("unknown", 0, static (_, request) => request.ReplyStatus(Errno.NotImplemented));

    private static readonly Operation[] Operations = Build();

    /// <summary>Opcodes from 0 up that may have an answer.</summary>
    public static int Count => Operations.Length;

    public static Operation Find(FuseOpcode opcode) => (uint)opcode < (uint)Operations.Length ? Operations[(int)opcode] : Unknown;

    private static Operation[] Build()
    {
        var table = new Operation[(int)FuseOpcode.CopyFileRange64 + 1];
        Array.Fill(table, Unknown);
        AddNodes(table);
        AddNames(table);
        AddFiles(table);
        AddDirectories(table);
        Add<FuseInitInStart>(table, FuseOpcode.Init, "INIT", static (o, r) => o.Init(r));
        Add<Nothing>(table, FuseOpcode.Destroy, "DESTROY", static (_, r) => r.ReplyStatus(Errno.None));
        // IFileSystem knows no cancellation: the caller of an operation under way waits for its result, also after a signal.
        Add<FuseInterruptIn>(table, FuseOpcode.Interrupt, "INTERRUPT", static (_, r) => r.ReplyNothing());
        Add<Nothing>(table, FuseOpcode.NotifyReply, "NOTIFY_REPLY", static (_, r) => r.ReplyNothing());
        // ENOSYS would make the kernel answer EOPNOTSUPP for what programs try on any file (TCGETS).
        Add<Nothing>(table, FuseOpcode.IoCtl, "IOCTL", static (_, r) => r.ReplyStatus(Errno.NoIoctl));
        return table;
    }

    private static void AddNodes(Operation[] table)
    {
        Add<Nothing>(table, FuseOpcode.Lookup, "LOOKUP", static (o, r) => o.Lookup(r));
        Add<FuseForgetIn>(table, FuseOpcode.Forget, "FORGET", static (o, r) => o.Forget(r));
        Add<FuseBatchForgetIn>(table, FuseOpcode.BatchForget, "BATCH_FORGET", static (o, r) => o.ForgetMany(r));
        Add<FuseGetAttrIn>(table, FuseOpcode.GetAttr, "GETATTR", static (o, r) => o.GetAttributes(r));
        Add<FuseSetAttrIn>(table, FuseOpcode.SetAttr, "SETATTR", static (o, r) => o.SetAttributes(r));
        Add<Nothing>(table, FuseOpcode.ReadLink, "READLINK", static (o, r) => o.ReadLink(r));
        Add<FuseAccessIn>(table, FuseOpcode.Access, "ACCESS", static (o, r) => o.MayAccess(r));
        Add<FuseGetXAttrIn>(table, FuseOpcode.GetXAttr, "GETXATTR", static (o, r) => o.GetExtendedAttribute(r));
        Add<FuseGetXAttrIn>(table, FuseOpcode.ListXAttr, "LISTXATTR", static (_, r) => FuseOperations.ListExtendedAttributes(r));
        Add<Nothing>(table, FuseOpcode.SetXAttr, "SETXATTR", static (_, r) => r.ReplyStatus(Errno.NotSupported));
        Add<Nothing>(table, FuseOpcode.RemoveXAttr, "REMOVEXATTR", static (_, r) => r.ReplyStatus(Errno.NotSupported));
        Add<Nothing>(table, FuseOpcode.StatFs, "STATFS", static (o, r) => o.Statistics(r));
    }

    private static void AddNames(Operation[] table)
    {
        Add<Nothing>(table, FuseOpcode.SymLink, "SYMLINK", static (o, r) => o.MakeSymbolicLink(r));
        Add<FuseMkNodIn>(table, FuseOpcode.MkNod, "MKNOD", static (o, r) => o.MakeNode(r));
        Add<FuseMkDirIn>(table, FuseOpcode.MkDir, "MKDIR", static (o, r) => o.MakeDirectory(r));
        Add<Nothing>(table, FuseOpcode.Unlink, "UNLINK", static (o, r) => o.Unlink(r));
        Add<Nothing>(table, FuseOpcode.RmDir, "RMDIR", static (o, r) => o.RemoveDirectory(r));
        Add<FuseRenameIn>(table, FuseOpcode.Rename, "RENAME", static (o, r) => o.Rename(r));
        Add<FuseRename2In>(table, FuseOpcode.Rename2, "RENAME2", static (o, r) => o.RenameWithFlags(r));
        Add<FuseLinkIn>(table, FuseOpcode.Link, "LINK", static (o, r) => o.Link(r));
    }

    private static void AddFiles(Operation[] table)
    {
        Add<FuseCreateIn>(table, FuseOpcode.Create, "CREATE", static (o, r) => o.Create(r));
        Add<FuseOpenIn>(table, FuseOpcode.Open, "OPEN", static (o, r) => o.Open(r));
        Add<FuseReadIn>(table, FuseOpcode.Read, "READ", static (o, r) => o.Read(r));
        Add<FuseWriteIn>(table, FuseOpcode.Write, "WRITE", static (o, r) => o.Write(r));
        Add<FuseFlushIn>(table, FuseOpcode.Flush, "FLUSH", static (o, r) => o.Flush(r));
        Add<FuseFSyncIn>(table, FuseOpcode.FSync, "FSYNC", static (o, r) => o.Sync(r));
        Add<FuseFAllocateIn>(table, FuseOpcode.FAllocate, "FALLOCATE", static (o, r) => o.Allocate(r));
        Add<FuseCopyFileRangeIn>(table, FuseOpcode.CopyFileRange, "COPY_FILE_RANGE", static (o, r) => o.CopyRange(r));
        Add<FuseCopyFileRangeIn>(table, FuseOpcode.CopyFileRange64, "COPY_FILE_RANGE_64", static (o, r) => o.CopyLongRange(r));
        Add<FuseReleaseIn>(table, FuseOpcode.Release, "RELEASE", static (o, r) => o.Release(r));
    }

    private static void AddDirectories(Operation[] table)
    {
        Add<FuseOpenIn>(table, FuseOpcode.OpenDir, "OPENDIR", static (o, r) => o.OpenDirectory(r));
        Add<FuseReadIn>(table, FuseOpcode.ReadDir, "READDIR", static (o, r) => o.ReadDirectory(r, withAttributes: false));
        Add<FuseReadIn>(table, FuseOpcode.ReadDirPlus, "READDIRPLUS", static (o, r) => o.ReadDirectory(r, withAttributes: true));
        Add<FuseReleaseIn>(table, FuseOpcode.ReleaseDir, "RELEASEDIR", static (o, r) => o.ReleaseDirectory(r));
        Add<FuseFSyncIn>(table, FuseOpcode.FSyncDir, "FSYNCDIR", static (o, r) => o.SyncDirectory(r));
    }

    private static void Add<TArguments>(Operation[] table, FuseOpcode opcode, string name, OperationHandler handler)
        where TArguments : unmanaged
    {
        var bytes = typeof(TArguments) == typeof(Nothing) ? 0 : Unsafe.SizeOf<TArguments>();
        table[(int)opcode] = new Operation(name, bytes, handler);
    }

    /// <summary>No struct, or only names, behind the header.</summary>
    private readonly struct Nothing;

    /// <summary>The part of fuse_init_in that every kernel sends.</summary>
    private readonly record struct FuseInitInStart(uint Major, uint Minor, uint MaxReadAhead, uint Flags);
}
