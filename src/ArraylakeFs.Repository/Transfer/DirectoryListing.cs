using System.IO.Enumeration;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Transfer;

/// <summary>One name in a directory.</summary>
/// <param name="Name">The name.</param>
/// <param name="IsDirectory">Whether it is a directory, or a link to one.</param>
/// <param name="Length">Bytes of a file.</param>
/// <param name="Target">What a link leads to in the end; null for what is no link.</param>
internal readonly record struct DirectoryEntry(string Name, bool IsDirectory, long Length, string? Target);

/// <summary>Lists a directory that the user named. Links are followed; one that leads nowhere is an error.</summary>
internal static class DirectoryListing
{
    private static readonly EnumerationOptions _everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>The names in the directory at <paramref name="path"/>, in no order. Errors call it <paramref name="name"/>.</summary>
    public static List<DirectoryEntry> Of(string name, string path)
    {
        try
        {
            var entries = new FileSystemEnumerable<DirectoryEntry>(path, Describe, _everything);
            return [.. entries.Select(entry => entry.Target is null ? entry : Follow(name, path, entry))];
        }
        catch (Exception failure) when (failure is IOException and not StorageException or UnauthorizedAccessException)
        {
            throw new StorageException(name, $"cannot be listed: {failure.Message}", failure);
        }
    }

    private static DirectoryEntry Describe(ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) != 0
        ? new DirectoryEntry(entry.FileName.ToString(), false, 0, "")
        : new DirectoryEntry(entry.FileName.ToString(), entry.IsDirectory, entry.IsDirectory ? 0 : entry.Length, null);

    private static DirectoryEntry Follow(string name, string path, DirectoryEntry entry)
    {
        var target = new FileInfo(Path.Combine(path, entry.Name)).ResolveLinkTarget(returnFinalTarget: true);
        return target switch
        {
            { } directory when Directory.Exists(directory.FullName) => entry with { IsDirectory = true, Target = directory.FullName },
            { Exists: true } => entry with { Length = new FileInfo(target.FullName).Length, Target = target.FullName },
            _ => throw new StorageException($"{name.TrimEnd('/')}/{entry.Name}", "is a link that leads nowhere."),
        };
    }
}
