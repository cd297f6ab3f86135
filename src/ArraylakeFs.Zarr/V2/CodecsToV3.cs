using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Zarr.V2;

/// <summary>Makes the list of v3 codecs out of the order, filters and compressor of a v2 array.</summary>
internal sealed class CodecsToV3
{
    private static readonly string[] _shuffles = ["noshuffle", "shuffle", "bitshuffle"];

    private readonly JsonArray _codecs = [];
    private ElementType? _current;
    private char _byteOrder;
    private string? _serializer;
    private bool _shufflesElements = true;

    private CodecsToV3(ElementType? type, char byteOrder) => (_current, _byteOrder, Type) = (type, byteOrder, type);

    /// <summary>The type of the array's elements: of objects, what their filter says.</summary>
    private ElementType? Type { get; set; }

    /// <summary>The codecs, and the type of the elements.</summary>
    /// <param name="type">The type; null for objects.</param>
    /// <param name="byteOrder">Its byte order.</param>
    /// <param name="transposed">Whether the v2 order is F, in an array of more than one dimension.</param>
    /// <param name="rank">The array's dimensions.</param>
    /// <param name="steps">The filters, and the compressor behind them.</param>
    public static (JsonArray Codecs, ElementType Type) Convert(
        ElementType? type, char byteOrder, bool transposed, int rank, IEnumerable<JsonElement> steps)
    {
        var conversion = new CodecsToV3(type, byteOrder);
        if (transposed)
        {
            var axes = Enumerable.Range(0, rank).Reverse().Select(axis => JsonValue.Create(axis));
            conversion.Add("transpose", new JsonObject { ["order"] = new JsonArray([.. axes]) });
        }

        foreach (var step in steps)
        {
            conversion.Add(step);
        }

        conversion.Serialize();
        return (conversion._codecs, conversion.Type!);
    }

    private void Add(JsonElement step)
    {
        if (step.ValueKind != JsonValueKind.Object
            || !step.TryGetProperty("id", out var member)
            || JsonText.StringOf(member) is not { Length: > 0 } id)
        {
            throw new ZarrFormatException($"a filter or compressor is {JsonText.Excerpt(step)} where an object with an id is expected");
        }

        var settings = new JsonObject();
        foreach (var setting in step.EnumerateObject().Where(setting => setting.Name != "id"))
        {
            settings[setting.Name] = JsonMembers.NodeOf(setting.Value);
        }

        if (CodecNames.OnElements.Contains(id))
        {
            AddOnElements(id, settings, step);
        }
        else if (CodecNames.Serializers.Contains(id) || CodecNames.OfObjects.Contains(id))
        {
            AddSerializer(id, settings);
        }
        else if (CodecNames.Compressors.Contains(id) || CodecNames.OnBytes.Contains(id))
        {
            Serialize();
            Add(CodecNames.ToV3(id), id == "blosc" ? Blosc(settings) : id == "zstd" ? Zstd(settings) : settings);
            _shufflesElements = false;
        }
        else
        {
            throw new NoFormException($"the filter or compressor \"{id}\" has no form in Zarr v3");
        }
    }

    private void AddOnElements(string id, JsonObject settings, JsonElement step)
    {
        if (_serializer is not null)
        {
            throw new NoFormException($"the filter \"{id}\" works on elements, but stands behind \"{_serializer}\", which makes bytes of them");
        }

        var (takes, order) = TypeOf(step, "dtype") ?? TypeOf(step, "decode_dtype") ?? (_current!, _byteOrder);
        if (_current is null || takes != _current || order != _byteOrder)
        {
            throw new NoFormException($"the filter \"{id}\" is made for another data type than the array has at this point");
        }

        var gives = id == "packbits" ? (new ElementType('u', 1), '|') : TypeOf(step, "astype") ?? TypeOf(step, "encode_dtype") ?? (takes, order);
        (_current, _byteOrder) = gives;
        CodecNames.SetByteOrder(settings, '<');
        Add(CodecNames.Prefix + id, settings);
    }

    private void AddSerializer(string id, JsonObject settings)
    {
        var isOfObjects = CodecNames.OfObjects.Contains(id);
        if (_serializer is not null || (isOfObjects && Type is not null))
        {
            throw new NoFormException($"the filter \"{id}\" is in a place where Zarr v3 cannot have it");
        }

        Type ??= isOfObjects ? id == "vlen-utf8" ? ElementType.Texts : ElementType.ByteStrings : null;
        if (Type is null)
        {
            throw new NoFormException($"dtype is \"|O\", and \"{id}\" does not say what the objects are");
        }

        _serializer = id;
        _shufflesElements = false;
        Add(CodecNames.ToV3(id), settings);
    }

    /// <summary>From here on there are bytes.</summary>
    private void Serialize()
    {
        if (_serializer is not null)
        {
            return;
        }

        if (_current is null)
        {
            throw new NoFormException("dtype is \"|O\", which only the filters vlen-utf8 and vlen-bytes bring into Zarr v3");
        }

        _serializer = "bytes";
        Add("bytes", _current.HasByteOrder ? new JsonObject { ["endian"] = _byteOrder == '>' ? "big" : "little" } : []);
    }

    /// <summary>The header of each chunk says what was done; these settings are for who writes.</summary>
    private JsonObject Blosc(JsonObject settings)
    {
        var typeSize = _shufflesElements ? Math.Clamp(_current!.Size, 1, 255) : 1;
        var shuffle = settings["shuffle"] is JsonValue value && value.TryGetValue<int>(out var number) ? number : 1;
        return new JsonObject
        {
            ["typesize"] = typeSize,
            ["cname"] = settings["cname"]?.DeepClone() ?? "lz4",
            ["clevel"] = settings["clevel"]?.DeepClone() ?? 5,
            ["shuffle"] = shuffle is >= 0 and <= 2 ? _shuffles[shuffle]
                : shuffle == -1 ? typeSize == 1 ? "bitshuffle" : "shuffle"
                : throw new ZarrFormatException($"shuffle of blosc is {shuffle} where -1, 0, 1 or 2 is expected"),
            ["blocksize"] = settings["blocksize"]?.DeepClone() ?? 0,
        };
    }

    private static JsonObject Zstd(JsonObject settings) => new()
    {
        ["level"] = settings["level"]?.DeepClone() ?? 0,
        ["checksum"] = settings["checksum"] is JsonValue value && value.TryGetValue<bool>(out var checksum) && checksum,
    };

    /// <summary>zarr-python wants a configuration of every codec of numcodecs, be it empty.</summary>
    private void Add(string name, JsonObject settings) => _codecs.Add(
        settings.Count == 0 && !name.StartsWith(CodecNames.Prefix, StringComparison.Ordinal)
            ? new JsonObject { ["name"] = name }
            : new JsonObject { ["name"] = name, ["configuration"] = settings });

    private static (ElementType Type, char ByteOrder)? TypeOf(JsonElement step, string setting) =>
        step.TryGetProperty(setting, out var dtype) && dtype.ValueKind == JsonValueKind.String
            ? ElementType.FromV2(dtype) is ({ } type, var order) ? (type, order) : throw new NoFormException($"{setting} of a filter is \"|O\"")
            : null;
}
