using System.Text.Json;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Sessions;

/// <summary>
/// What tells housekeeping, in a local repository itself, that a session stands on it: a file with the place of the session's journal, which
/// says the rest (<see cref="SessionClaims"/>). It is there while the session is open, and for as long as it has uncommitted changes.
/// </summary>
/// <param name="Folder">The session's folder, with its journal.</param>
/// <param name="Host">The machine on which that is.</param>
internal sealed record SessionClaim(string Folder, string Host)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>
    /// Keeps commits from being removed between the choice of one and its being noted. A session that changes nothing makes no folder in the
    /// repository, and does without where there is none or it may not write (decision 4).
    /// </summary>
    public static async ValueTask<IDisposable?> HoldOffHousekeepingAsync(
        ZarrRepository repository, SessionSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            return settings.ReadOnly && !IsUsed(repository.Store.Local) ? null : await repository.HoldOffHousekeepingAsync(cancellationToken);
        }
        catch (StorageException) when (settings.ReadOnly)
        {
            return null;
        }
    }

    /// <summary>Makes the claim of a session that is being opened. Throws <see cref="IOException"/>.</summary>
    public static void Put(ILocalObjects? repository, SessionSettings settings, string session)
    {
        if (repository is null || (settings.ReadOnly && !IsUsed(repository)))
        {
            return;
        }

        try
        {
            string path = PathOf(repository, session), temporary = path + "#0";
            PrivateFolder.Create(Path.GetDirectoryName(path)!);
            using (var file = File.Create(temporary))
            {
                Write(file, new SessionClaim(settings.Folder, Environment.MachineName));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            DurableDirectory.Sync(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (settings.ReadOnly && e is IOException or UnauthorizedAccessException)
        {
            // Where it may not write, it changes nothing either: at worst, it finds its commit gone.
        }
    }

    /// <summary>Takes the claim of a session back that is being closed, if nothing in it is uncommitted.</summary>
    public static void RemoveIfClean(ILocalObjects? repository, string session, Journal journal, StagingArea staging)
    {
        try
        {
            if (repository is not null && journal.ReadEntries().Count == 0 && !journal.ReadValues().ContainsKey(Session.PendingKey) && !staging.List().Any())
            {
                File.Delete(PathOf(repository, session));
            }
        }
        catch (Exception e) when (e is SessionException or IOException or UnauthorizedAccessException)
        {
            // A claim too many only keeps what could go.
        }
    }

    /// <summary>Reads one. Throws <see cref="IOException"/> or <see cref="JsonException"/>.</summary>
    public static SessionClaim Read(string path) =>
        JsonSerializer.Deserialize<SessionClaim>(File.ReadAllText(path), Json) is { Folder: not null, Host: not null } claim
            ? claim : throw new JsonException("it is empty");

    /// <summary>By hand: every mount writes one when it starts, and a serializer that looks at types at run time takes tens of milliseconds.</summary>
    private static void Write(Stream file, SessionClaim claim)
    {
        using var json = new Utf8JsonWriter(file);
        json.WriteStartObject();
        json.WriteString("folder", claim.Folder);
        json.WriteString("host", claim.Host);
        json.WriteEndObject();
    }

    private static bool IsUsed(ILocalObjects? repository) => repository is not null && Directory.Exists(StagingFolders.Claims(repository));

    private static string PathOf(ILocalObjects repository, string session) => Path.Combine(StagingFolders.Claims(repository), session);
}
