using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>What a Zarr tool writes.</summary>
internal static class Zarr
{
    /// <summary>An array with the chunks given by their keys, and the groups above it. A chunk's bytes begin with the array's path and the key's last part.</summary>
    public static void WriteArray(
        IFiles files, string path, string shape = "[3]", string chunkShape = "[1]", string[]? keys = null, int chunkBytes = 700,
        string encoding = "default", string separator = "/")
    {
        WriteGroups(files, path);
        files.MakeDirectories(Root(path));
        files.Write(Root($"{path}/zarr.json"), Documents.Array(shape, chunkShape, encoding, separator));
        foreach (string key in keys ?? ["c/0", "c/1", "c/2"])
        {
            files.MakeDirectories(Path.GetDirectoryName(Root($"{path}/{key}"))!);
            files.Write(Root($"{path}/{key}"), Documents.Chunk($"{path} {key[(key.LastIndexOf('/') + 1)..]}", chunkBytes));
        }
    }

    /// <summary>The groups above a path that are not there yet.</summary>
    public static void WriteGroups(IFiles files, string path)
    {
        string[] parts = path.Split('/');
        for (int i = 0; i < parts.Length; i++)
        {
            string group = Root(string.Join('/', parts[..i]));
            if (!files.Exists(group + "/zarr.json"))
            {
                files.MakeDirectories(group);
                files.Write(group + "/zarr.json", Documents.Group());
            }
        }
    }
}
