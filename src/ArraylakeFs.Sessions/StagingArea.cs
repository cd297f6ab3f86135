using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Sessions;

/// <summary>
/// The bytes of files written in this session, one file each, named by a fresh object id. The folder lies on the repository's own
/// file system where that is local, so that a commit turns a staged file into the chunk object of the same id by a rename.
/// </summary>
internal sealed class StagingArea
{
    private const string ChunkPrefix = "chunks/";

    private readonly string _folder;
    private readonly IObjectStore _store;

    /// <summary>Uses (and creates) <paramref name="folder"/>, private to the user.</summary>
    public StagingArea(string folder, IObjectStore store)
    {
        (_folder, _store) = (folder, store);
        PrivateFolder.Create(folder);
    }

    /// <summary>Whether a staged file that becomes a chunk object leaves the folder.</summary>
    public bool MovesFiles => _store.Local is not null;

    /// <summary>
    /// Makes staged files the chunk objects of their ids, and calls <paramref name="published"/> after each. Where the repository is local they
    /// are renamed: the kernel does that one by one, however many threads ask, so one thread of its own does.
    /// </summary>
    public async Task PublishAsync(IReadOnlyList<ObjectId12> ids, Action published, CancellationToken cancellationToken)
    {
        if (_store.Local is { } local && ids.Count > 0)
        {
            await Task.Run(() => local.AdoptAll(_folder, ids.Select(id => id.ToString()), ChunkPrefix, published), cancellationToken);
            return;
        }

        foreach (var id in ids)
        {
            await _store.PutAsync(KeyOf(id), await File.ReadAllBytesAsync(OwnPath(id), cancellationToken), cancellationToken);
            published();
        }
    }

    /// <summary>Undoes <see cref="PublishAsync"/> of a commit that did not happen.</summary>
    public void TakeBack(ObjectId12 id)
    {
        if (_store.Local?.PathOf(KeyOf(id)) is { } published && !File.Exists(OwnPath(id)) && File.Exists(published))
        {
            File.Move(published, OwnPath(id));
        }
    }

    /// <summary>Creates an empty staged file and opens it for reading and writing.</summary>
    public (ObjectId12 Id, StagedFile File) Create()
    {
        var id = ObjectId12.New();
        var file = File.OpenHandle(OwnPath(id), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        return (id, new StagedFile(file, canWrite: true));
    }

    /// <summary>Opens a staged file for reading and writing; for reading only if a commit has made it a chunk object already.</summary>
    /// <remarks>A commit may move the file at any moment, and back if it was not made: who misses it in both places looks again.</remarks>
    public StagedFile Open(ObjectId12 id)
    {
        string path = OwnPath(id);
        return TryOpen(path)
            ?? (_store.Local?.OpenToRead(KeyOf(id)) is { } published ? new StagedFile(published, canWrite: false) : null)
            ?? TryOpen(path)
            ?? throw new FileNotFoundException($"there is no staged file {id}");
    }

    /// <summary>Size and modification time of a staged file; null if a power cut took it.</summary>
    public (long Size, long ModifiedNs)? Stat(ObjectId12 id)
    {
        string path = OwnPath(id);
        return FileTimes.Of(path) ?? (_store.Local is { } local ? FileTimes.Of(local.PathOf(KeyOf(id))) : null) ?? FileTimes.Of(path);
    }

    /// <summary>Whether somebody has a staged file open for writing; also the kernel, for a program that has outlived its daemon.</summary>
    public bool HasWriters(ObjectId12 id) => FileWriters.HasAny(OwnPath(id));

    /// <summary>Sets the modification time of a staged file.</summary>
    public void SetModified(ObjectId12 id, long modifiedNs)
    {
        using var file = Open(id);
        file.SetModified(modifiedNs);
    }

    /// <summary>Removes a staged file; it may be gone already. If it cannot be, the next opening of the session does it.</summary>
    public void Delete(ObjectId12 id)
    {
        try
        {
            File.Delete(OwnPath(id));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What no name leads to does no harm but for its space.
        }
    }

    /// <summary>Every file in the folder.</summary>
    public IEnumerable<ObjectId12> List()
    {
        foreach (string path in Directory.EnumerateFiles(_folder))
        {
            if (ObjectId12.TryParse(Path.GetFileName(path), out var id))
            {
                yield return id;
            }
        }
    }

    /// <summary>Makes the names in the folder survive a power cut.</summary>
    public void SyncNames() => DurableDirectory.Sync(_folder);

    private static StagedFile? TryOpen(string path)
    {
        try
        {
            var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            return new StagedFile(file, canWrite: true);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static string KeyOf(ObjectId12 id) => $"{ChunkPrefix}{id}";

    private string OwnPath(ObjectId12 id) => Path.Combine(_folder, id.ToString());
}
