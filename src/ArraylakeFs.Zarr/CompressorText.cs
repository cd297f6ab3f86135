using System.Collections.Immutable;
using System.Text.Json;

namespace ArraylakeFs.Zarr;

/// <summary>Compressors as zarr-python prints them: <c>Blosc(cname='lz4', clevel=5, shuffle=SHUFFLE, blocksize=0)</c>.</summary>
internal static class CompressorText
{
    /// <summary>The codecs behind the one that makes bytes; inside the shards of a sharded array. <c>None</c> where there are none.</summary>
    public static string Of(ImmutableArray<Codec> codecs)
    {
        var texts = BytesToBytes(codecs, depth: 0).Select(Describe).ToList();
        return texts.Count == 0 ? "None" : string.Join(", ", texts);
    }

    private static IEnumerable<Codec> BytesToBytes(ImmutableArray<Codec> codecs, int depth)
    {
        foreach (var codec in codecs)
        {
            if (codec.Name == "sharding_indexed" && depth < Limits.MaxNesting)
            {
                var inner = Setting(codec, "codecs") is { } list ? CodecReader.Read(list, complete: false) : [];
                foreach (var compressor in BytesToBytes(inner, depth + 1))
                {
                    yield return compressor;
                }
            }
            else if (codec.Name is not ("bytes" or "transpose" or "vlen-utf8" or "vlen-bytes" or "sharding_indexed"))
            {
                yield return codec;
            }
        }
    }

    private static string Describe(Codec codec) => codec.Name switch
    {
        "blosc" => $"Blosc(cname={Value(codec, "cname")}, clevel={Value(codec, "clevel")}, shuffle={Shuffle(codec)}, "
            + $"blocksize={(Setting(codec, "blocksize") is null ? "0" : Value(codec, "blocksize"))})",
        "gzip" => $"GZip(level={Value(codec, "level")})",
        "zstd" when Setting(codec, "checksum") is { ValueKind: JsonValueKind.True } => $"Zstd(level={Value(codec, "level")}, checksum=True)",
        "zstd" => $"Zstd(level={Value(codec, "level")})",
        _ => Generic(codec),
    };

    private static string Generic(Codec codec)
    {
        var settings = codec.Configuration.ValueKind == JsonValueKind.Object
            ? codec.Configuration.EnumerateObject().Select(setting => $"{setting.Name}={Python(setting.Value)}")
            : [];
        return $"{codec.Name}({string.Join(", ", settings)})";
    }

    private static string Shuffle(Codec codec) => Setting(codec, "shuffle") is not { } shuffle ? "None" : JsonText.StringOf(shuffle) switch
    {
        "noshuffle" => "NOSHUFFLE",
        "shuffle" => "SHUFFLE",
        "bitshuffle" => "BITSHUFFLE",
        _ => Python(shuffle),
    };

    private static JsonElement? Setting(Codec codec, string name) =>
        codec.Configuration.ValueKind == JsonValueKind.Object && codec.Configuration.TryGetProperty(name, out var value) ? value : null;

    private static string Value(Codec codec, string name) => Setting(codec, name) is { } value ? Python(value) : "None";

    private static string Python(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => $"'{JsonText.StringOf(value)}'",
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        JsonValueKind.Null => "None",
        _ => JsonText.Excerpt(value),
    };
}
