using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Contract;

/// <summary>One of the two trees of a mount, and what a tool of its format writes there.</summary>
internal sealed class Face
{
    /// <summary><c>root.zarr</c>, and documents whose bytes no serializer makes.</summary>
    public static readonly Face V3 = new() { Name = "root.zarr", GroupFile = "zarr.json", ArrayFile = "zarr.json", KeyFolder = "c/" };

    /// <summary><c>root.v2.zarr</c>.</summary>
    public static readonly Face V2 = new() { Name = "root.v2.zarr", GroupFile = ".zgroup", ArrayFile = ".zarray", KeyFolder = "" };

    /// <summary>The name of the tree, here and in a commit.</summary>
    public required string Name { get; init; }

    /// <summary>The name of a group's document.</summary>
    public required string GroupFile { get; init; }

    /// <summary>The name of an array's document.</summary>
    public required string ArrayFile { get; init; }

    /// <summary>The folder of an array that holds its chunks, with a slash; empty where that is the array's own.</summary>
    public required string KeyFolder { get; init; }

    /// <summary>The other one of the two.</summary>
    public Face Other => this == V3 ? V2 : V3;

    /// <summary>A path of the tree, from the mountpoint on.</summary>
    public string At(string path = "") => path.Length == 0 ? Name : $"{Name}/{path}";

    /// <summary>The same path in a commit.</summary>
    public string In(string commit, string path = "") => $"commits/{commit}/{At(path)}";

    /// <summary>The document of a group, each version another one.</summary>
    public byte[] Group(int version = 0) => this == V3
        ? Documents.Group($$"""{"version":{{version}}}""")
        : Encoding.UTF8.GetBytes($$"""{"zarr_format": 2,   "version":{{version}} }""" + "\n");

    /// <summary>The document of an array of float32 that are not compressed, so that a chunk has the size that it has to have.</summary>
    public byte[] PlainArray(string shape, string chunkShape) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Array(shape, chunkShape))
        .Replace(""",{"name":"gzip","configuration":{"level":1}}""", "", StringComparison.Ordinal)
        .Replace("""{"id": "gzip", "level": 1}""", "null", StringComparison.Ordinal));

    /// <summary>The document of an array of compressed float32.</summary>
    public byte[] Array(string shape, string chunkShape) => this == V3
        ? Documents.Array(shape, chunkShape)
        : Encoding.UTF8.GetBytes($$"""
            {"zarr_format": 2,  "shape": {{shape}}, "chunks": {{chunkShape}}, "dtype": "<f4", "fill_value": "NaN", "order": "C",
              "filters": null, "compressor": {"id": "gzip", "level": 1},   "dimension_separator": "/"}

            """);

    /// <summary>A group and an array above or below it with three chunks, or those of the keys given; a chunk's bytes begin with the path and the key.</summary>
    public void WriteArray(IFiles files, string path, string shape = "[3]", string chunkShape = "[1]", string[]? keys = null, int chunkBytes = 700)
    {
        for (int slash = 0; slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            string group = At(path[..slash]);
            files.MakeDirectories(group);
            if (!files.Exists($"{group}/{GroupFile}"))
            {
                files.Write($"{group}/{GroupFile}", Group());
            }
        }

        files.MakeDirectories(At(path));
        files.Write(At($"{path}/{ArrayFile}"), Array(shape, chunkShape));
        foreach (string key in keys ?? ["0", "1", "2"])
        {
            string chunk = At($"{path}/{KeyFolder}{key}");
            files.MakeDirectories(chunk[..chunk.LastIndexOf('/')]);
            files.Write(chunk, Documents.Chunk($"{path} {key}", chunkBytes));
        }
    }

    /// <summary>The path of a chunk below the tree.</summary>
    public string Chunk(string array, string key) => $"{array}/{KeyFolder}{key}";

    /// <summary>
    /// What a commit shows of a document: in v3 its bytes; in v2 what they say, for they are made anew. Of a document with something behind
    /// it, that counts which comes first.
    /// </summary>
    public void AssertSameDocument(byte[] written, byte[] shown)
    {
        if (this == V3)
        {
            Assert.Equal(written, shown);
        }
        else
        {
            Assert.True(JsonNode.DeepEquals(First(written), First(shown)), $"{Encoding.UTF8.GetString(shown)} is not {Encoding.UTF8.GetString(written)}");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static JsonNode? First(byte[] document)
    {
        var reader = new Utf8JsonReader(document, new JsonReaderOptions { AllowMultipleValues = true });
        return JsonNode.Parse(ref reader);
    }
}
