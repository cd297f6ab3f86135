namespace ArraylakeFs.Icechunk;

/// <summary>Whether a repository may be changed, since when, and why not.</summary>
public sealed record RepoStatus(RepoAvailability Availability, Timestamp SetAt, string? Reason);

/// <summary>
/// Availability as stored. Unknown values are kept as they are; only <see cref="ReadOnly"/> forbids changes, as for the official client.
/// </summary>
public enum RepoAvailability : byte
{
    /// <summary>Reads and writes.</summary>
    Online = 0,
    /// <summary>Reads only.</summary>
    ReadOnly = 1,
    /// <summary>Meant to forbid everything; the official client treats it as online.</summary>
    Offline = 2,
}
