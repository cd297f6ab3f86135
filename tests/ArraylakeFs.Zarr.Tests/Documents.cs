using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Zarr.Tests;

/// <summary>The documents that the tests start from.</summary>
internal static class Documents
{
    /// <summary>The tutorial's array as zarr-python 3.4 writes it.</summary>
    public const string Temperature = """
        {
          "shape": [100],
          "data_type": "float32",
          "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [10]}},
          "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
          "fill_value": "NaN",
          "codecs": [
            {"name": "bytes", "configuration": {"endian": "little"}},
            {"name": "blosc", "configuration": {"typesize": 4, "cname": "lz4", "clevel": 5, "shuffle": "shuffle", "blocksize": 0}}
          ],
          "attributes": {"name": "Atlantic Ocean Temperature", "units": "degrees Celsius"},
          "zarr_format": 3,
          "node_type": "array",
          "storage_transformers": []
        }
        """;

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>The tutorial's array with some members replaced; a null text removes the member.</summary>
    public static byte[] ArrayWith(params (string Member, string? Json)[] changes)
    {
        var document = JsonNode.Parse(Temperature)!.AsObject();
        foreach (var (member, json) in changes)
        {
            document.Remove(member);
            if (json is not null)
            {
                document.Add(member, JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { MaxDepth = 500 }));
            }
        }

        return Bytes(document.ToJsonString());
    }

    public static ArrayMetadata Array(params (string Member, string? Json)[] changes) => NodeDocument.Parse(ArrayWith(changes)).Array!;

    public static string ErrorOf(ReadOnlySpan<byte> document, DocumentRules rules = DocumentRules.Complete)
    {
        Assert.False(NodeDocument.TryParse(document, out _, out var error, rules));
        return error!;
    }
}
