using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>One entry of the operations log: what was done to the repository, and when.</summary>
/// <param name="Kind">What was done.</param>
/// <param name="Time">When, to the microsecond, in UTC.</param>
/// <param name="Name">The branch or tag concerned; null where there is none.</param>
/// <param name="Snapshot">The commit that was added, if one was.</param>
/// <param name="PreviousSnapshot">What the branch or tag named before, where it was reset, deleted or amended.</param>
/// <param name="Details">More about the entry, for people: a version, a flag, a status; null where there is nothing more.</param>
public sealed record Operation(
    RepoUpdateKind Kind, DateTimeOffset Time, string? Name, ObjectId12? Snapshot, ObjectId12? PreviousSnapshot, string? Details)
{
    internal static Operation Of(Icechunk.RepoUpdate entry) =>
        new(entry.Kind, entry.UpdatedAt.ToDateTimeOffset(), entry.Name, entry.NewSnapshot, entry.PreviousSnapshot, entry.Kind switch
        {
            RepoUpdateKind.RepoMigrated => $"from spec {entry.FromVersion} to {entry.ToVersion}",
            RepoUpdateKind.FeatureFlagChanged => $"flag {entry.Flag}: {(entry.FlagValue is { } value ? value ? "on" : "off" : "default")}",
            RepoUpdateKind.RepoStatusChanged => entry.Status?.Reason is { Length: > 0 } reason ? $"{entry.Status.Availability}: {reason}" : entry.Status?.Availability.ToString(),
            _ => null,
        });
}
