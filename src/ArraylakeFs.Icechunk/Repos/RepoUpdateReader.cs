using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>Reads the operations log.</summary>
internal static class RepoUpdateReader
{
    internal static RepoUpdate[] ReadAll(FlatVector vector)
    {
        var updates = new RepoUpdate[vector.Count];
        for (var i = 0; i < updates.Length; i++)
        {
            updates[i] = Read(vector.Table(i));
        }
        return updates;
    }

    internal static RepoStatus ReadStatus(FlatTable table) => new(
        (RepoAvailability)table.UInt8(Slots.RepoStatus.Availability),
        table.Time(Slots.RepoStatus.SetAt),
        table.OptionalText(Slots.RepoStatus.LimitedAvailabilityReason));

    private static RepoUpdate Read(FlatTable table)
    {
        var update = new RepoUpdate((RepoUpdateKind)table.UInt8(Slots.Update.Type), table.Time(Slots.Update.UpdatedAt))
        {
            BackupPath = table.OptionalText(Slots.Update.BackupPath),
        };
        return update.IsKnown ? ReadValue(update, table.Table(Slots.Update.Value)) : update;
    }

    private static RepoUpdate ReadValue(RepoUpdate update, FlatTable value) => update.Kind switch
    {
        RepoUpdateKind.RepoMigrated => update with
        {
            FromVersion = value.UInt8(Slots.UpdateValue.FromVersion),
            ToVersion = value.UInt8(Slots.UpdateValue.ToVersion),
        },
        RepoUpdateKind.TagCreated or RepoUpdateKind.BranchCreated => update with { Name = value.Text(Slots.UpdateValue.Name) },
        RepoUpdateKind.TagDeleted or RepoUpdateKind.BranchDeleted or RepoUpdateKind.BranchReset => update with
        {
            Name = value.Text(Slots.UpdateValue.Name),
            PreviousSnapshot = value.Id12(Slots.UpdateValue.PreviousSnapshot),
        },
        RepoUpdateKind.NewCommit => update with
        {
            Name = value.Text(Slots.UpdateValue.CommitBranch),
            NewSnapshot = value.Id12(Slots.UpdateValue.CommitNewSnapshot),
        },
        RepoUpdateKind.CommitAmended => update with
        {
            Name = value.Text(Slots.UpdateValue.AmendBranch),
            PreviousSnapshot = value.Id12(Slots.UpdateValue.AmendPreviousSnapshot),
            NewSnapshot = value.Id12(Slots.UpdateValue.AmendNewSnapshot),
        },
        RepoUpdateKind.NewDetachedSnapshot => update with { NewSnapshot = value.Id12(Slots.UpdateValue.DetachedNewSnapshot) },
        RepoUpdateKind.FeatureFlagChanged => update with
        {
            Flag = value.UInt16(Slots.UpdateValue.Flag),
            FlagValue = value.UInt8(Slots.UpdateValue.FlagIsSet) == 0 ? null : value.UInt8(Slots.UpdateValue.FlagValue) != 0,
        },
        RepoUpdateKind.RepoStatusChanged => update with { Status = ReadStatus(value.Table(Slots.UpdateValue.Status)) },
        _ => update,
    };
}
