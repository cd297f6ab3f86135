using System.Text.Json;

namespace ArraylakeFs.Zarr;

/// <summary>One entry of an array's <c>codecs</c>.</summary>
/// <param name="Name">The codec's name, such as <c>bytes</c> or <c>blosc</c>.</param>
/// <param name="Configuration">Its configuration; of kind <see cref="JsonValueKind.Undefined"/> where it has none.</param>
public sealed record Codec(string Name, JsonElement Configuration);
