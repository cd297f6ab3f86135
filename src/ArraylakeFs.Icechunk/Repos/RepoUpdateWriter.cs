using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>Writes entries of the operations log, of known kinds.</summary>
internal static class RepoUpdateWriter
{
    internal static int Put(FlatBuilder builder, RepoUpdate update)
    {
        var backupPath = update.BackupPath is null ? 0 : builder.CreateString(update.BackupPath);
        var value = PutValue(builder, update);
        builder.StartTable(Slots.Update.Count);
        builder.Add(Slots.Update.UpdatedAt, update.UpdatedAt.Microseconds);
        builder.AddOffset(Slots.Update.Value, value);
        builder.AddOffset(Slots.Update.BackupPath, backupPath);
        builder.Add(Slots.Update.Type, (byte)update.Kind);
        return builder.EndTable();
    }

    internal static int PutStatus(FlatBuilder builder, RepoStatus status)
    {
        var reason = status.Reason is null ? 0 : builder.CreateString(status.Reason);
        builder.StartTable(Slots.RepoStatus.Count);
        builder.Add(Slots.RepoStatus.SetAt, status.SetAt.Microseconds);
        builder.AddOffset(Slots.RepoStatus.LimitedAvailabilityReason, reason);
        builder.Add(Slots.RepoStatus.Availability, (byte)status.Availability);
        return builder.EndTable();
    }

    private static int PutValue(FlatBuilder builder, RepoUpdate update)
    {
        var name = update.Name is null ? 0 : builder.CreateString(update.Name);
        var status = update.Status is null ? 0 : PutStatus(builder, update.Status);
        builder.StartTable(Slots.UpdateValue.Count);
        switch (update.Kind)
        {
            case RepoUpdateKind.RepoMigrated:
                builder.Add(Slots.UpdateValue.FromVersion, update.FromVersion);
                builder.Add(Slots.UpdateValue.ToVersion, update.ToVersion);
                break;
            case RepoUpdateKind.TagCreated or RepoUpdateKind.BranchCreated:
                builder.AddOffset(Slots.UpdateValue.Name, name);
                break;
            case RepoUpdateKind.TagDeleted or RepoUpdateKind.BranchDeleted or RepoUpdateKind.BranchReset:
                builder.AddOffset(Slots.UpdateValue.Name, name);
                builder.Add(Slots.UpdateValue.PreviousSnapshot, update.PreviousSnapshot!.Value);
                break;
            case RepoUpdateKind.NewCommit:
                builder.AddOffset(Slots.UpdateValue.CommitBranch, name);
                builder.Add(Slots.UpdateValue.CommitNewSnapshot, update.NewSnapshot!.Value);
                break;
            case RepoUpdateKind.CommitAmended:
                builder.AddOffset(Slots.UpdateValue.AmendBranch, name);
                builder.Add(Slots.UpdateValue.AmendPreviousSnapshot, update.PreviousSnapshot!.Value);
                builder.Add(Slots.UpdateValue.AmendNewSnapshot, update.NewSnapshot!.Value);
                break;
            case RepoUpdateKind.NewDetachedSnapshot:
                builder.Add(Slots.UpdateValue.DetachedNewSnapshot, update.NewSnapshot!.Value);
                break;
            case RepoUpdateKind.FeatureFlagChanged:
                builder.Add(Slots.UpdateValue.Flag, update.Flag);
                builder.Add(Slots.UpdateValue.FlagValue, (byte)(update.FlagValue == true ? 1 : 0));
                builder.Add(Slots.UpdateValue.FlagIsSet, (byte)(update.FlagValue is null ? 0 : 1));
                break;
            case RepoUpdateKind.RepoStatusChanged:
                builder.AddOffset(Slots.UpdateValue.Status, status);
                break;
        }
        return builder.EndTable();
    }
}
