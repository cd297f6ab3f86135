using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk.Tests;

/// <summary>Files <c>repo</c> that our writer would not write.</summary>
internal static class RawRepo
{
    /// <summary>Entries are kind, time and backup path; every snapshot's id is its position.</summary>
    internal static byte[] Write(
        (byte Kind, ulong Time, string? Backup)[] updates, int[]? parents = null, string branch = "main", uint main = 0,
        string? extra = null,
        byte availability = 0, string? reason = null, string? before = null)
    {
        var builder = new FlatBuilder();
        var status = RepoUpdateWriter.PutStatus(builder, new RepoStatus((RepoAvailability)availability, new Timestamp(5), reason));
        var entries = builder.CreateOffsetVector(updates.Select(u => PutUpdate(builder, u.Kind, u.Time, u.Backup, status)).ToArray());
        var snapshots = builder.CreateOffsetVector((parents ?? [-1]).Select((parent, i) => PutSnapshot(builder, i, parent)).ToArray());
        var name = builder.CreateString(branch);
        builder.StartTable(Slots.Ref.Count);
        builder.AddOffset(Slots.Ref.Name, name);
        builder.Add(Slots.Ref.SnapshotIndex, main);
        var branches = builder.CreateOffsetVector([builder.EndTable()]);
        var empty = builder.CreateOffsetVector([]);
        var extraOffset = extra is null ? 0 : builder.CreateString(extra);
        var beforeOffset = before is null ? 0 : builder.CreateString(before);
        builder.StartTable(Slots.Repo.Count);
        builder.Add(Slots.Repo.SpecVersion, (byte)2);
        builder.AddOffset(Slots.Repo.Tags, empty);
        builder.AddOffset(Slots.Repo.Branches, branches);
        builder.AddOffset(Slots.Repo.DeletedTags, empty);
        builder.AddOffset(Slots.Repo.Snapshots, snapshots);
        builder.AddOffset(Slots.Repo.Status, status);
        builder.AddOffset(Slots.Repo.LatestUpdates, entries);
        builder.AddOffset(Slots.Repo.RepoBeforeUpdates, beforeOffset);
        builder.AddOffset(Slots.Repo.Extra, extraOffset);
        return IcechunkFile.Encode(FileType.RepoInfo, builder.Finish(builder.EndTable()));
    }

    private static int PutUpdate(FlatBuilder builder, byte kind, ulong time, string? backup, int status)
    {
        var (name, backupPath) = (builder.CreateString("main"), backup is null ? 0 : builder.CreateString(backup));
        builder.StartTable(Slots.UpdateValue.Count);
        builder.AddOffset(0, kind == (byte)RepoUpdateKind.RepoStatusChanged ? status : name);
        builder.Add(1, ObjectId12.InitialSnapshot);
        var value = builder.EndTable();
        builder.StartTable(Slots.Update.Count);
        builder.Add(Slots.Update.Type, kind);
        builder.AddOffset(Slots.Update.Value, value);
        builder.Add(Slots.Update.UpdatedAt, time);
        builder.AddOffset(Slots.Update.BackupPath, backupPath);
        return builder.EndTable();
    }

    private static int PutSnapshot(FlatBuilder builder, int position, int parent)
    {
        var message = builder.CreateString("m");
        var id = new byte[ObjectId12.Size];
        id[0] = (byte)position;
        builder.StartTable(Slots.SnapshotInfo.Count);
        builder.Add(Slots.SnapshotInfo.Id, new ObjectId12(id));
        builder.Add(Slots.SnapshotInfo.ParentOffset, (uint)parent);
        builder.AddOffset(Slots.SnapshotInfo.Message, message);
        return builder.EndTable();
    }
}
