using ArraylakeFs.Zarr.V2;

namespace ArraylakeFs.Sessions;

/// <summary>
/// The names that Zarr v2 gives to documents. What a v2 tool writes under one of them is kept in the session's tree under a name that no
/// kernel can ask for, so that each face shows its own documents and a directory takes both along when it moves.
/// </summary>
public static class V2Names
{
    /// <summary>The name of the root directory's v2 face in a mount.</summary>
    public const string RootName = "root.v2.zarr";

    /// <summary>The documents that every node of v2 may have, whoever wrote it.</summary>
    public static readonly IReadOnlyList<string> Derived = [V2Node.ArrayFileName, V2Node.GroupFileName, V2Node.AttributesFileName];

    /// <summary>All documents of v2.</summary>
    public static readonly IReadOnlyList<string> Documents = [.. Derived, V2Node.ConsolidatedFileName];

    /// <summary>The names under which the tree keeps the former.</summary>
    internal static readonly IReadOnlyList<string> DerivedKept = [.. Derived.Select(Kept)];

    /// <summary>The names under which the tree keeps documents of any kind.</summary>
    internal static readonly IReadOnlyList<string> AllKept = [.. Documents.Select(Kept)];

    private const char Mark = '/';

    /// <summary>Whether Zarr v2 has a document of this name.</summary>
    public static bool IsDocument(ReadOnlySpan<char> name) => name is ['.', 'z', ..] && name is ".zarray" or ".zgroup" or ".zattrs" or ".zmetadata";

    /// <summary>The name under which the tree keeps a document that was written as v2.</summary>
    public static string Kept(string name) => Mark + name;

    /// <summary>Whether the tree keeps a v2 document under this name.</summary>
    public static bool IsKept(ReadOnlySpan<char> name) => name is [Mark, ..];

    /// <summary>The name that people know.</summary>
    public static string Shown(string name) => IsKept(name) ? name[1..] : name;
}
