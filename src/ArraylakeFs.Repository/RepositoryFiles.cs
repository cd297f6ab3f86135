using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

/// <summary>Makes a repository where there is nothing, and removes one.</summary>
internal static class RepositoryFiles
{
    private static readonly string[] Folders = ["snapshots/", "manifests/", "transactions/", "chunks/", "attributes/", IcechunkPaths.Overwritten, "refs/"];

    private static readonly string[] SingleFiles = ["config.yaml", IcechunkPaths.Repo];

    /// <summary>Writes the initial snapshot with its transaction log, then <c>repo</c>.</summary>
    public static async Task CreateAsync(IObjectStore store, JsonObject? config, CancellationToken cancellationToken)
    {
        await foreach (var found in store.ListAsync("", cancellationToken))
        {
            throw Exists(store, found.Key);
        }

        var now = Timestamp.Now;
        var snapshot = SnapshotWriter.InitialSnapshot(now, out var info);
        await store.PutAsync(IcechunkPaths.Snapshot(info.Id), snapshot, cancellationToken);
        await store.PutAsync(IcechunkPaths.TransactionLog(info.Id), new TransactionLogWriter(info.Id).Finish(), cancellationToken);
        await store.FlushAsync(cancellationToken);
        if (await store.PutIfAbsentAsync(IcechunkPaths.Repo, RepoInfoBuilder.CreateRepository(info, now, ToBytes(config)), cancellationToken) is null)
        {
            throw Exists(store, IcechunkPaths.Repo);
        }
    }

    /// <summary>Deletes what the format puts into a store, and nothing else that may be there.</summary>
    public static async Task DeleteAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        // Any folder may hold a file named `repo`, and folders named `chunks` or `refs` that are dear to somebody.
        var header = new byte[IcechunkFile.HeaderSize];
        var isThere = await store.ReadAsync(IcechunkPaths.Repo, 0, header, cancellationToken) is { } count
            ? IcechunkFile.HasMagic(header.AsSpan(0, count))
            : await store.StatAsync(IcechunkPaths.Version1MainBranch, cancellationToken) is not null;
        if (!isThere)
        {
            throw new RepositoryException(RepositoryErrorKind.NotFound, $"There is no Icechunk repository at {store.DisplayName}.");
        }

        // All is listed before anything is deleted: what cannot be listed (a link, say) leaves the repository whole.
        var keys = new List<string>();
        foreach (var folder in Folders)
        {
            await foreach (var found in store.ListAsync(folder, cancellationToken))
            {
                keys.Add(found.Key);
            }
        }

        keys.AddRange(SingleFiles);
        foreach (var key in keys)
        {
            await store.DeleteAsync(key, cancellationToken);
        }

        await store.FlushAsync(cancellationToken);
        store.Local?.RemoveEmptyDirectories();
    }

    private static byte[] ToBytes(JsonObject? config) => config is null ? [] : FlexBuffer.Write(config);

    private static RepositoryException Exists(IObjectStore store, string key) =>
        new(RepositoryErrorKind.Exists, key == IcechunkPaths.Repo
            ? $"There is a repository at {store.DisplayName} already."
            : $"{store.DisplayName} is not empty: it holds '{key}'. A repository is made in an empty place.");
}
