using System.Text;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Consolidated metadata as zarr-python writes it.</summary>
internal static class Copies
{
    /// <summary>The root's document with copies of what others say.</summary>
    public static byte[] Consolidate(IFiles files, params IEnumerable<string> paths) =>
        Consolidate(files.ReadBytes(Root("zarr.json")), paths.Select(path => (path, files.ReadText(Root($"{path}/zarr.json")))));

    /// <summary>A group's document with copies of what those of the nodes in it say, by their paths below it.</summary>
    public static byte[] ConsolidateGroup(IFiles files, string group, params IEnumerable<string> paths) =>
        Consolidate(files.ReadBytes(Root($"{group}/zarr.json")), paths.Select(path => (path, files.ReadText(Root($"{group}/{path}/zarr.json")))));

    /// <summary>A document with copies of others.</summary>
    public static byte[] Consolidate(byte[] document, IEnumerable<(string Path, string Document)> copies)
    {
        string text = Encoding.UTF8.GetString(document);
        string members = string.Join(",", copies.Select(copy => $"\"{copy.Path}\": {copy.Document}"));
        int end = text[..text.LastIndexOf('}')].TrimEnd().Length;
        return Encoding.UTF8.GetBytes(text[..end]
            + $$""","consolidated_metadata": {"kind": "inline", "must_understand": false, "metadata": { {{members}} } }""" + text[end..]);
    }
}
