using System.IO.Enumeration;

namespace ArraylakeFs.Storage;

/// <summary>
/// Walks the files of a local store. A link is never a directory: what lies behind it is not the store's, and may be the store again.
/// </summary>
internal static class LocalListing
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>The objects whose key starts with <paramref name="prefix"/>, directory by directory.</summary>
    public static IEnumerable<ObjectInfo> Enumerate(string root, string prefix)
    {
        var directory = prefix[..(prefix.LastIndexOf('/') + 1)];
        if (directory.Length > 0)
        {
            ObjectKey.Validate(directory[..^1]);
            LocalFile.RefuseLinksAbove(root, directory);
        }

        var waiting = new Stack<string>([directory]);
        while (waiting.TryPop(out var within))
        {
            foreach (var (name, isDirectory) in Entries(root, within))
            {
                var key = within + name;
                if (ObjectKey.IsTemporaryName(name) || key == ObjectKey.PrivateDirectory)
                {
                    continue;
                }

                if (isDirectory)
                {
                    if (key.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(key + "/", StringComparison.Ordinal))
                    {
                        waiting.Push(key + "/");
                    }
                }
                else if (key.StartsWith(prefix, StringComparison.Ordinal) && LocalFile.TryStat(key, $"{root}/{key}", out var status))
                {
                    yield return status.Describe(key);
                }
            }
        }
    }

    /// <summary>Removes the root and all below it that is empty; what is not empty stays, whoever's it is.</summary>
    public static void RemoveEmptyDirectories(string directory)
    {
        foreach (var (name, isDirectory) in Entries(directory, ""))
        {
            if (isDirectory)
            {
                RemoveEmptyDirectories($"{directory}/{name}");
            }
        }

        _ = Libc.Rmdir(directory);
    }

    private static FileSystemEnumerable<(string Name, bool IsDirectory)> EntriesOf(string path) =>
        new(path, (ref FileSystemEntry entry) => (entry.FileName.ToString(), IsDirectory(ref entry)), Everything);

    private static bool IsDirectory(ref FileSystemEntry entry) =>
        entry.IsDirectory && (entry.Attributes & FileAttributes.ReparsePoint) == 0;

    private static IEnumerable<(string Name, bool IsDirectory)> Entries(string root, string within)
    {
        using var entries = Open(root, within);
        while (Next(entries, within))
        {
            yield return entries!.Current;
        }
    }

    private static IEnumerator<(string Name, bool IsDirectory)>? Open(string root, string within)
    {
        try
        {
            return EntriesOf($"{root}/{within}").GetEnumerator();
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(within, $"cannot be listed: {failure.Message}", failure);
        }
    }

    private static bool Next(IEnumerator<(string Name, bool IsDirectory)>? entries, string within)
    {
        try
        {
            return entries?.MoveNext() == true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(within, $"cannot be listed: {failure.Message}", failure);
        }
    }
}
