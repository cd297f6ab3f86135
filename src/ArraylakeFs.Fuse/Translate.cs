using ArraylakeFs.FileSystem;
using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>Between the file system's types and the protocol's.</summary>
internal static class Translate
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const uint PreferredIoBytes = Limits.DataBytes;

    // setuid and setgid are never shown: nobody needs to clear them on a write, which is our part of HANDLE_KILLPRIV_V2.
    private const uint ShownPermissions = 0x3FF;

    public static uint TypeBits(FileKind kind) => kind switch
    {
        FileKind.Directory => FileTypeBits.Directory,
        FileKind.SymbolicLink => FileTypeBits.SymbolicLink,
        _ => FileTypeBits.Regular,
    };

    public static FuseAttr Attr(in Attributes attributes) => new(
        attributes.InodeNumber, (ulong)attributes.Size, (ulong)attributes.Blocks,
        Seconds(attributes.AccessedNs), Seconds(attributes.ModifiedNs), Seconds(attributes.ChangedNs),
        Nanoseconds(attributes.AccessedNs), Nanoseconds(attributes.ModifiedNs), Nanoseconds(attributes.ChangedNs),
        TypeBits(attributes.Kind) | (attributes.Permissions & ShownPermissions), attributes.LinkCount,
        attributes.UserId, attributes.GroupId, DeviceNumber: 0, PreferredIoBytes, Flags: 0);

    /// <summary>
    /// An entry. Without epochs (kernels before 6.16) there is no way to take back all names at once: names are then never cached.
    /// </summary>
    public static FuseEntryOut Entry(in Entry entry, bool epochs)
    {
        var (entrySeconds, entryNanoseconds) = Lifetime(epochs ? entry.EntryLifetime : TimeSpan.Zero);
        var (attrSeconds, attrNanoseconds) = Lifetime(entry.AttributesLifetime);
        var attr = entry.Node == 0 ? default : Attr(entry.Attributes);
        return new FuseEntryOut(entry.Node, Generation: 0, entrySeconds, attrSeconds, entryNanoseconds, attrNanoseconds, attr);
    }

    public static FuseAttrOut AttrOut(in AttributesReply reply)
    {
        var (seconds, nanoseconds) = Lifetime(reply.Lifetime);
        return new FuseAttrOut(seconds, nanoseconds, Padding: 0, Attr(reply.Attributes));
    }

    /// <summary>The reply to an open with <paramref name="flags"/>: to read only has nothing to flush, which saves a message.</summary>
    public static FuseOpenOut Opened(OpenedFile file, LinuxOpenFlags flags)
    {
        var caching = file.Caching switch
        {
            DataCaching.Direct => FuseOpenReplyFlags.DirectIo,
            DataCaching.UntilOpened => FuseOpenReplyFlags.None,
            _ => FuseOpenReplyFlags.KeepCache,
        };
        if (file.BackingId != 0)
        {
            caching = FuseOpenReplyFlags.Passthrough;
        }

        var isReadOnly = (flags & LinuxOpenFlags.AccessMode) == LinuxOpenFlags.ReadOnly;
        return new FuseOpenOut(file.Handle, isReadOnly ? caching | FuseOpenReplyFlags.NoFlush : caching, file.BackingId);
    }

    public static OpenFlags Open(LinuxOpenFlags flags)
    {
        var opened = (flags & LinuxOpenFlags.AccessMode) switch
        {
            LinuxOpenFlags.ReadOnly => OpenFlags.Read,
            LinuxOpenFlags.WriteOnly => OpenFlags.Write,
            _ => OpenFlags.Read | OpenFlags.Write,
        };
        return opened
            | ((flags & LinuxOpenFlags.Append) != 0 ? OpenFlags.Append : 0)
            | ((flags & LinuxOpenFlags.Truncate) != 0 ? OpenFlags.Truncate : 0)
            | ((flags & LinuxOpenFlags.Exclusive) != 0 ? OpenFlags.Exclusive : 0);
    }

    /// <summary>SETATTR's valid fields as a change; times "now" are taken from this machine's clock.</summary>
    public static AttributeChange Change(in FuseSetAttrIn set)
    {
        var valid = set.Valid;
        return new AttributeChange(
            (valid & FuseSetAttrFields.Size) != 0 ? (long)set.Size : null,
            Time(valid, FuseSetAttrFields.Modified, FuseSetAttrFields.ModifiedNow, set.ModifiedSeconds, set.ModifiedNanoseconds),
            Time(valid, FuseSetAttrFields.Accessed, FuseSetAttrFields.AccessedNow, set.AccessedSeconds, set.AccessedNanoseconds),
            (valid & FuseSetAttrFields.Mode) != 0 ? set.Mode & ~FileTypeBits.Mask : null,
            (valid & FuseSetAttrFields.UserId) != 0 ? set.UserId : null,
            (valid & FuseSetAttrFields.GroupId) != 0 ? set.GroupId : null,
            (valid & FuseSetAttrFields.Handle) != 0 ? set.Handle : null);
    }

    private static long? Time(FuseSetAttrFields valid, FuseSetAttrFields field, FuseSetAttrFields now, ulong seconds, uint nanoseconds)
    {
        if ((valid & now) != 0)
        {
            return (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        }

        return (valid & field) != 0 ? unchecked(((long)seconds * NanosecondsPerSecond) + nanoseconds) : null;
    }

    // Floored: before 1970 the seconds are negative and the nanoseconds count up, as in timespec.
    private static ulong Seconds(long ns) => (ulong)((ns - Nanoseconds(ns)) / NanosecondsPerSecond);

    private static uint Nanoseconds(long ns) => (uint)(((ns % NanosecondsPerSecond) + NanosecondsPerSecond) % NanosecondsPerSecond);

    private static (ulong Seconds, uint Nanoseconds) Lifetime(TimeSpan time) => time <= TimeSpan.Zero
        ? (0, 0)
        : ((ulong)(time.Ticks / TimeSpan.TicksPerSecond), (uint)(time.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick));
}
