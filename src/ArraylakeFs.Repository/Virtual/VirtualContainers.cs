using System.Text.Json.Nodes;

namespace ArraylakeFs.Repository;

/// <summary>
/// The places that a repository's configuration gives names to (<c>virtual_chunk_containers</c>, icechunk-format.md 3.3). They say where
/// <c>vcc://</c> locations are and permit nothing: that is the user's alone.
/// </summary>
internal sealed class VirtualContainers
{
    private const string Scheme = "vcc://";

    private readonly Dictionary<string, string> _prefixes = [];

    private VirtualContainers()
    {
    }

    /// <summary>Reads them from a configuration; what makes no sense is passed over, as the official client does.</summary>
    public static VirtualContainers Read(JsonObject? config)
    {
        var containers = new VirtualContainers();
        foreach (var (key, value) in config?["virtual_chunk_containers"] as JsonObject ?? [])
        {
            // Version 1 had the names as keys, without the slash at the end; later the prefixes are.
            if (value is JsonObject container && Text(container["url_prefix"]) is { Length: > 0 } prefix)
            {
                containers._prefixes.TryAdd(Text(container["name"]) ?? key, prefix.EndsWith('/') ? prefix : prefix + "/");
            }
        }

        return containers;
    }

    /// <summary>The absolute URL of a location: <c>vcc://NAME/relative</c> lies below the container of that name, others are absolute.</summary>
    /// <exception cref="RepositoryException">There is no container of that name.</exception>
    public string Expand(string location)
    {
        if (!location.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return location;
        }

        var slash = location.IndexOf('/', Scheme.Length);
        var name = slash < 0 ? location[Scheme.Length..] : location[Scheme.Length..slash];
        return slash > 0 && _prefixes.TryGetValue(name, out var prefix)
            ? prefix + location[(slash + 1)..]
            : throw new RepositoryException(
                RepositoryErrorKind.Corrupt, $"The repository's configuration has no virtual chunk container named '{Uri.EscapeDataString(name)}'.");
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
