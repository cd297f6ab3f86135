using System.Buffers.Binary;
using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Interop.Tests;

/// <summary>Gives the virtual chunk containers of a repository a name, which the official client reads and its JavaScript binding cannot write.</summary>
internal static class NamedContainer
{
    public static void Name(string repository, string name)
    {
        var path = Path.Combine(repository, IcechunkPaths.Repo);
        var file = File.ReadAllBytes(path);
        var former = RepoInfo.Decode(IcechunkPaths.Repo, file).Config.Span;
        var config = FlexBuffer.Read(IcechunkPaths.Repo, former)!.AsObject();
        foreach (var (_, container) in config["virtual_chunk_containers"]!.AsObject())
        {
            container!["name"] = name;
        }

        RemoveNulls(config);
        var named = FlexBuffer.Write(config);
        Assert.True(named.Length <= former.Length, "the nulls left no room for the name");

        // In place: a vector is its length and its bytes.
        var body = IcechunkFile.Decode(IcechunkPaths.Repo, file, FileType.RepoInfo);
        var at = body.AsSpan().IndexOf(former);
        named.CopyTo(body, at);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(at - sizeof(int)), named.Length);
        File.Delete(path); // the official client's backups are links to the same file
        File.WriteAllBytes(path, IcechunkFile.Encode(FileType.RepoInfo, body));
    }

    private static void RemoveNulls(JsonObject map)
    {
        foreach (var key in map.Where(item => item.Value is null).Select(item => item.Key).ToList())
        {
            map.Remove(key);
        }

        foreach (var (_, value) in map)
        {
            if (value is JsonObject below)
            {
                RemoveNulls(below);
            }
        }
    }
}
