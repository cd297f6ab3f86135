using System.Text.Json;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;
using Microsoft.Data.Sqlite;

namespace ArraylakeFs.Sessions;

/// <summary>What all sessions together stand on in a repository, so that housekeeping leaves it alone.</summary>
public static class SessionClaims
{
    /// <summary>
    /// The commits and chunk objects that sessions of a local repository name in their journals: below them, under way, given another name, or
    /// staged. Sessions on other stores are not known. EBUSY, with what to do, where it cannot be told what a session stands on.
    /// </summary>
    public static IReadOnlySet<ObjectId12> Read(ILocalObjects? repository)
    {
        var claimed = new HashSet<ObjectId12>();
        if (repository is null)
        {
            return claimed;
        }

        var sessions = new HashSet<string>();
        try
        {
            foreach (string path in Entries(StagingFolders.Claims(repository)).Where(path => ObjectId12.TryParse(Path.GetFileName(path), out _)))
            {
                sessions.Add(Path.GetFileName(path));
                AddClaimed(claimed, path);
            }

            if (Entries(StagingFolders.InRepository(repository)).FirstOrDefault(
                folder => !sessions.Contains(Path.GetFileName(folder)) && Entries(folder).Length > 0) is { } unclaimed)
            {
                throw Unknown(unclaimed, "a session has staged files there and does not say where its journal is: mount it once with this version");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unknown(repository.Root, e.Message, e);
        }

        return claimed;
    }

    private static string[] Entries(string folder)
    {
        try
        {
            return Directory.GetFileSystemEntries(folder);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static void AddClaimed(HashSet<ObjectId12> claimed, string path)
    {
        try
        {
            var claim = SessionClaim.Read(path);
            string journal = Path.Combine(claim.Folder, Journal.FileName);
            if (FileTimes.Of(journal) is not null && TryAddNamed(claimed, journal, Path.GetFileName(path)))
            {
                return;
            }

            if (claim.Host != Environment.MachineName)
            {
                throw Unknown(path, $"the session has its journal in {claim.Folder} on {claim.Host}: run this there");
            }

            // Its folder has been removed, and another session may have taken the place: nobody will ever go on with it.
        }
        catch (Exception e) when (e is SqliteException or JsonException or IOException or UnauthorizedAccessException)
        {
            throw Unknown(path, e.Message, e);
        }
    }

    /// <summary>Whatever has the form of an id in a journal, if it is that of the session.</summary>
    private static bool TryAddNamed(HashSet<ObjectId12> claimed, string journal, string session)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = journal, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        using var transaction = connection.BeginTransaction(deferred: true); // all of one moment
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"SELECT value FROM session WHERE key = '{Session.IdKey}'";
        if (command.ExecuteScalar() as string != session)
        {
            return false;
        }

        command.CommandText = $"""
            SELECT value FROM session WHERE key NOT IN ('{Session.LastCommitKey}', '{Session.LastParentKey}')
            UNION ALL SELECT staged FROM node WHERE staged IS NOT NULL
            UNION ALL SELECT origin FROM node WHERE origin IS NOT NULL
            """;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            foreach (string part in reader.GetString(0).Split(':'))
            {
                if (ObjectId12.TryParse(part, out var id))
                {
                    claimed.Add(id);
                }
            }
        }

        return true;
    }

    private static SessionException Unknown(string where, string why, Exception? inner = null) => new(Errno.Busy,
        $"what sessions of this repository stand on cannot be told, so nothing was removed: {where}: {why}. If the session is gone for good, remove that file", inner);
}
