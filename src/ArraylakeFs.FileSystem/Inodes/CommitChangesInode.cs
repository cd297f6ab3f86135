using System.Text;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// <c>commits/ID/changes</c>: how a commit differs from the one before it, found out when the file is opened. So its size is 0 until then, as
/// that of a control file. The first commit differs from nothing; one whose parent has expired, from the commit that has taken its place.
/// </summary>
internal sealed class CommitChangesInode(
    ulong inodeNumber, ObjectId12 commit, ZarrRepository repository, Func<VersionDiff, string> show, long modifiedNs, Mounter mounter) : FileInode
{
    public override Attributes Attributes => mounter.File(inodeNumber, 0, modifiedNs);

    protected internal override async ValueTask<OpenFile> OpenAsync(OpenFlags flags)
    {
        if (flags.HasFlag(OpenFlags.Write))
        {
            throw Refusals.ReadOnly();
        }

        return new ConstantFile(Encoding.UTF8.GetBytes(show(await CompareAsync())), DataCaching.Direct);
    }

    private async Task<VersionDiff> CompareAsync()
    {
        // Looked up again: an expiry gives a commit another parent.
        var references = await repository.ReferencesAsync(CancellationToken.None);
        var parent = references.TryGetCommit(commit, out var info) && info.Parent is { } id
            ? await repository.SnapshotAsync(id, CancellationToken.None)
            : null;
        return await VersionDiff.BetweenAsync(parent, await repository.SnapshotAsync(commit, CancellationToken.None), null, CancellationToken.None);
    }
}
