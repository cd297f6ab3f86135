using System.Text;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Metadata documents for tests.</summary>
internal static class Documents
{
    public static byte[] Group(string attributes = "{}") => Bytes(new JsonObject
    {
        ["zarr_format"] = 3,
        ["node_type"] = "group",
        ["attributes"] = JsonNode.Parse(attributes),
    });

    public static byte[] Array(int[] shape, int[] chunkShape, string attributes = "{}", string?[]? dimensionNames = null)
    {
        var document = new JsonObject
        {
            ["zarr_format"] = 3,
            ["node_type"] = "array",
            ["shape"] = List(shape),
            ["data_type"] = "int8",
            ["chunk_grid"] = new JsonObject { ["name"] = "regular", ["configuration"] = new JsonObject { ["chunk_shape"] = List(chunkShape) } },
            ["chunk_key_encoding"] = new JsonObject { ["name"] = "default" },
            ["fill_value"] = 0,
            ["codecs"] = new JsonArray(new JsonObject { ["name"] = "bytes" }),
            ["attributes"] = JsonNode.Parse(attributes),
        };
        if (dimensionNames is not null)
        {
            document["dimension_names"] = List(dimensionNames);
        }

        return Bytes(document);
    }

    private static JsonArray List<T>(T[] values) => new([.. values.Select(value => JsonValue.Create(value))]);

    // An unusual layout, so that a document which was written anew would show.
    private static byte[] Bytes(JsonObject document) =>
        Encoding.UTF8.GetBytes("  " + document.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true }) + "\n\n");
}
