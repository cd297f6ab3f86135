using System.Text;

namespace ArraylakeFs.Contract;

/// <summary>Metadata documents, in a layout that no serializer makes: bytes that were written anew would show.</summary>
internal static class Documents
{
    public static byte[] Group(string attributes = "{}") =>
        Encoding.UTF8.GetBytes($$"""
            {"zarr_format":3,   "node_type":"group",
              "attributes":{{attributes}} }

            """);

    /// <summary>An array whose chunks may have any size, because they are said to be compressed.</summary>
    public static byte[] Array(string shape, string chunkShape, string encoding = "default", string separator = "/", string attributes = "{}") =>
        Encoding.UTF8.GetBytes($$$"""
            {"zarr_format":3,  "node_type":"array",
              "shape":{{{shape}}}, "data_type":"float32",  "fill_value":"NaN",
              "chunk_grid":{"name":"regular","configuration":{"chunk_shape":{{{chunkShape}}}}},
              "chunk_key_encoding":{"name":"{{{encoding}}}","configuration":{"separator":"{{{separator}}}"}},
              "codecs":[{"name":"bytes","configuration":{"endian":"little"}},{"name":"gzip","configuration":{"level":1}}], "attributes":{{{attributes}}} }

            """);

    /// <summary>Bytes that say which they are; more than the inline threshold unless told otherwise.</summary>
    public static byte[] Chunk(string label, int length = 700)
    {
        byte[] bytes = new byte[length];
        Encoding.UTF8.GetBytes(label).CopyTo(bytes, 0);
        return bytes;
    }
}
