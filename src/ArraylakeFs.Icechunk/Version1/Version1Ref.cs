using System.Text.Json;

namespace ArraylakeFs.Icechunk;

/// <summary>Kinds of files that hold the branches and tags of a repository of spec version 1.</summary>
public enum Version1RefKind
{
    /// <summary><c>refs/branch.NAME/ref.json</c>.</summary>
    Branch,

    /// <summary><c>refs/tag.NAME/ref.json</c>.</summary>
    Tag,

    /// <summary><c>refs/tag.NAME/ref.json.deleted</c>: the tag's own file may still be there.</summary>
    DeletedTag,
}

/// <summary>A file below <c>refs/</c> (icechunk-format.md 1.1).</summary>
/// <param name="Key">The object's key.</param>
/// <param name="Kind">What it says.</param>
/// <param name="Name">The name of the branch or tag.</param>
public sealed record Version1Ref(string Key, Version1RefKind Kind, string Name)
{
    /// <summary>The folder of these files.</summary>
    public const string Folder = "refs/";

    /// <summary>More than any such file has.</summary>
    public const int MaxFileBytes = 4096;

    private const string BranchPrefix = "branch.";
    private const string TagPrefix = "tag.";
    private const string FileName = "ref.json";

    /// <summary>What the file at <paramref name="key"/> is; null if it is none of these.</summary>
    public static Version1Ref? Parse(string key)
    {
        if (!key.StartsWith(Folder, StringComparison.Ordinal) || key[Folder.Length..].Split('/') is not [var folder, var file])
        {
            return null;
        }
        var isDeletion = file == FileName + ".deleted";
        if (folder.StartsWith(BranchPrefix, StringComparison.Ordinal))
        {
            return file == FileName ? new(key, Version1RefKind.Branch, NameIn(folder[BranchPrefix.Length..])) : null;
        }
        return folder.StartsWith(TagPrefix, StringComparison.Ordinal) && (isDeletion || file == FileName)
            ? new(key, isDeletion ? Version1RefKind.DeletedTag : Version1RefKind.Tag, NameIn(folder[TagPrefix.Length..]))
            : null;
    }

    /// <summary>The snapshot that the file names.</summary>
    /// <exception cref="IcechunkFormatException">The file is corrupt.</exception>
    public ObjectId12 ReadSnapshot(ReadOnlyMemory<byte> file)
    {
        try
        {
            using var json = JsonDocument.Parse(file);
            return json.RootElement.TryGetProperty("snapshot", out var id) && ObjectId12.TryParse(id.GetString()!, out var snapshot)
                ? snapshot
                : throw new IcechunkFormatException(Key, "it names no snapshot.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new IcechunkFormatException(Key, $"it is no JSON object that names a snapshot: {e.Message}", inner: e);
        }
    }

    /// <summary>
    /// The official client percent-encodes a name in the file names of a local directory, and not in the keys of an object store: text
    /// that is no encoding stands for itself.
    /// </summary>
    private static string NameIn(string encoded) => Uri.UnescapeDataString(encoded);
}
