using System.Text.Json;
using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>What of a repository's stored configuration concerns us. Whatever is absent or makes no sense has its default.</summary>
internal sealed record RepositorySettings(
    int InlineThresholdBytes, int CompressionLevel, int MaxUpdates, JsonArray? SplitSizes, Preload Preload, VirtualContainers Containers)
{
    private const int DefaultInlineThresholdBytes = 512;
    private const int DefaultCompressionLevel = 3;
    private const int MaxCompressionLevel = 22;

    /// <summary>Reads the configuration of one state of the repository.</summary>
    public static RepositorySettings Read(RepoInfo repo)
    {
        JsonObject? config;
        try
        {
            config = repo.Config.IsEmpty ? null : FlexBuffer.Read(IcechunkPaths.Repo, repo.Config.Span) as JsonObject;
        }
        catch (IcechunkFormatException failure)
        {
            throw MetadataFiles.Failure(failure);
        }

        var manifest = config?["manifest"] as JsonObject;
        return new RepositorySettings(
            Number(config?["inline_chunk_threshold_bytes"], 0, ushort.MaxValue) ?? DefaultInlineThresholdBytes,
            Number((config?["compression"] as JsonObject)?["level"], 1, MaxCompressionLevel) ?? DefaultCompressionLevel,
            Number(config?["num_updates_per_repo_info_file"], 1, ushort.MaxValue) ?? Limits.MaxUpdatesInRepo,
            (manifest?["splitting"] as JsonObject)?["split_sizes"] as JsonArray,
            Preload.Read(manifest?["preload"] as JsonObject),
            VirtualContainers.Read(config));
    }

    private static int? Number(JsonNode? node, int min, int max) =>
        node?.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue<long>(out var number) && number >= min && number <= max
            ? (int)number
            : null;
}
