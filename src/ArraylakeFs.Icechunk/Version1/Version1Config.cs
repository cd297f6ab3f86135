using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// The file <c>config.yaml</c> of a repository of spec version 1 (icechunk-format.md 3.5), read as the configuration that <c>repo</c> holds
/// in spec version 2. Only <c>virtual_chunk_containers</c> matters to a reader, and nothing else is kept.
/// </summary>
public static class Version1Config
{
    /// <summary>The object's key.</summary>
    public const string Key = "config.yaml";

    /// <summary>More than any honest file has.</summary>
    public const int MaxFileBytes = 1 << 20;

    private const string Containers = "virtual_chunk_containers";
    private const string UrlPrefix = "url_prefix";

    /// <summary>
    /// The containers by their URL prefixes, each of which ends in <c>/</c>; null where there are none. Old files have them by name, and
    /// the prefixes of those that nobody used are no URLs: these are left out, as the official client does.
    /// </summary>
    /// <exception cref="IcechunkFormatException">The file is no YAML.</exception>
    public static JsonObject? Read(ReadOnlyMemory<byte> file)
    {
        if ((YamlValue.Read(Key, file) as JsonObject)?[Containers] is not JsonObject containers)
        {
            return null;
        }
        var byPrefix = new JsonObject();
        foreach (var container in containers.Select(pair => pair.Value).OfType<JsonObject>())
        {
            if (container[UrlPrefix] is JsonValue value && value.GetValueKind() == JsonValueKind.String
                && value.GetValue<string>() is var prefix && prefix.Contains("://", StringComparison.Ordinal))
            {
                prefix = prefix.EndsWith('/') ? prefix : prefix + "/";
                var copy = (JsonObject)container.DeepClone();
                copy[UrlPrefix] = prefix;
                byPrefix[prefix] = copy;
            }
        }
        return byPrefix.Count == 0 ? null : new JsonObject { [Containers] = byPrefix };
    }
}
