using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem;

/// <summary>Who mounted: owner of everything in the mount. Builds attributes from what the session and the snapshots say.</summary>
/// <param name="UserId">The uid.</param>
/// <param name="GroupId">The gid.</param>
public sealed record Mounter(uint UserId, uint GroupId)
{
    internal const uint PermissionBits = 0xFFF;
    internal const uint DirectoryPermissions = 0b111_101_101, FilePermissions = 0b110_100_100;

    internal Attributes Attributes(in NodeStatus status) => new(
        status.InodeNumber, status.IsDirectory ? FileKind.Directory : FileKind.File, status.Mode, status.Links, UserId, GroupId,
        status.Size, status.ModifiedNs, status.ModifiedNs, status.ModifiedNs);

    internal Attributes Directory(ulong inodeNumber, long modifiedNs) => Of(inodeNumber, FileKind.Directory, DirectoryPermissions, 0, modifiedNs);

    internal Attributes File(ulong inodeNumber, long size, long modifiedNs, uint permissions = FilePermissions) =>
        Of(inodeNumber, FileKind.File, permissions, size, modifiedNs);

    internal Attributes SymbolicLink(ulong inodeNumber, long size, long modifiedNs) =>
        Of(inodeNumber, FileKind.SymbolicLink, 0b111_111_111, size, modifiedNs);

    private Attributes Of(ulong inodeNumber, FileKind kind, uint permissions, long size, long modifiedNs) =>
        new(inodeNumber, kind, permissions, 1, UserId, GroupId, size, modifiedNs, modifiedNs, modifiedNs);
}
