using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Zarr.V2;

/// <summary>Finds the order, filters and compressor that make a v2 array of a list of v3 codecs.</summary>
internal sealed class CodecsToV2
{
    private static readonly string[] _shuffles = ["noshuffle", "shuffle", "bitshuffle"];

    private readonly ElementType _type;
    private readonly int _rank;
    private readonly List<(string Id, JsonObject Step)> _steps = [];
    private bool _isSerialized;

    private CodecsToV2(ElementType type, int rank) => (_type, _rank) = (type, rank);

    /// <summary><c>C</c> or <c>F</c>.</summary>
    public string Order { get; private set; } = "C";

    /// <summary><c>&lt;</c> or <c>&gt;</c>; means nothing where the elements have no byte order.</summary>
    public char ByteOrder { get; private set; } = '<';

    /// <summary>The filters; null where there are none.</summary>
    public JsonArray? Filters { get; private set; }

    /// <summary>The compressor; null where there is none.</summary>
    public JsonObject? Compressor { get; private set; }

    /// <summary>Converts.</summary>
    /// <exception cref="ZarrFormatException">A codec has no form in Zarr v2.</exception>
    public static CodecsToV2 Convert(ElementType type, ArrayMetadata array)
    {
        var conversion = new CodecsToV2(type, array.Rank);
        foreach (var codec in array.Codecs)
        {
            conversion.Add(codec, array.Order);
        }

        if (!conversion._isSerialized)
        {
            throw new ZarrFormatException("codecs has none that makes bytes of the elements");
        }

        conversion.Distribute();
        return conversion;
    }

    private void Add(Codec codec, string order)
    {
        switch (codec.Name)
        {
            case "transpose":
                AddTranspose(order);
                return;
            case "sharding_indexed":
                throw new NoFormException("it is sharded, which Zarr v2 cannot express");
            case "bytes":
                AddBytes(codec);
                return;
        }

        if (CodecNames.ToV2(codec.Name) is not { } id)
        {
            throw new NoFormException($"the codec \"{codec.Name}\" has no form in Zarr v2");
        }

        var isOnBytes = CodecNames.OnBytes.Contains(id) || CodecNames.Compressors.Contains(id);
        var ofObjects = _type.Kind == 'T' ? "vlen-utf8" : _type.Kind == 'Y' ? "vlen-bytes" : null;
        if (isOnBytes != _isSerialized || (CodecNames.OfObjects.Contains(id) && id != ofObjects))
        {
            throw new ZarrFormatException($"the codec \"{codec.Name}\" is in a place where it cannot be");
        }

        _isSerialized |= CodecNames.Serializers.Contains(id) || CodecNames.OfObjects.Contains(id);
        _steps.Add((id, StepOf(id, codec.Configuration)));
    }

    private void AddTranspose(string order)
    {
        if (order == "C")
        {
            return;
        }

        if (order != "F" || Order == "F" || _steps.Count > 0 || _isSerialized)
        {
            throw new NoFormException("transpose is not the reversal of all dimensions before every other codec, the only one that Zarr v2 has");
        }

        Order = _rank > 1 ? "F" : "C";
    }

    private void AddBytes(Codec codec)
    {
        if (_isSerialized || _type.Kind is 'T' or 'Y')
        {
            throw new ZarrFormatException("the codec \"bytes\" is in a place where it cannot be");
        }

        _isSerialized = true;
        ByteOrder = Setting(codec.Configuration, "endian") is { } endian && JsonText.StringOf(endian) == "big" ? '>' : '<';
        _steps.ForEach(step => CodecNames.SetByteOrder(step.Step, ByteOrder));
    }

    /// <summary>The last codec is the compressor, if it is one; all else are filters.</summary>
    private void Distribute()
    {
        if (_steps is [.., var last] && (CodecNames.Compressors.Contains(last.Id) || CodecNames.Serializers.Contains(last.Id)))
        {
            Compressor = last.Step;
            _steps.RemoveAt(_steps.Count - 1);
        }

        Filters = _steps.Count > 0 ? new JsonArray([.. _steps.Select(step => step.Step)]) : null;
    }

    private static JsonObject StepOf(string id, JsonElement configuration)
    {
        var step = new JsonObject { ["id"] = id };
        if (configuration.ValueKind == JsonValueKind.Object)
        {
            foreach (var setting in configuration.EnumerateObject().Where(setting => setting.Name != "id"))
            {
                step[setting.Name] = JsonMembers.NodeOf(setting.Value);
            }
        }

        if (id == "blosc")
        {
            step.Remove("typesize");
            if (step["shuffle"] is JsonValue value && value.TryGetValue<string>(out var shuffle))
            {
                var number = Array.IndexOf(_shuffles, shuffle);
                step["shuffle"] = number >= 0
                    ? number
                    : throw new NoFormException($"shuffle of blosc is \"{shuffle}\", which has no form in Zarr v2");
            }
        }
        else if (id == "zstd" && step["checksum"] is JsonValue checksum && checksum.TryGetValue<bool>(out var isChecked) && !isChecked)
        {
            step.Remove("checksum"); // old readers refuse what they do not know
        }

        return step;
    }

    private static JsonElement? Setting(JsonElement configuration, string name) =>
        configuration.ValueKind == JsonValueKind.Object && configuration.TryGetProperty(name, out var value) ? value : null;
}
