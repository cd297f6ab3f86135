using System.Text;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Icechunk.Tests;

/// <summary>What our views say of a file, in the shape of Samples/make-expected.py. It reads every part of the view.</summary>
internal static class SampleDump
{
    internal static JsonObject Dump(string name, byte[] file, FileType type) => type switch
    {
        FileType.Snapshot => Dump(name, Snapshot.Decode(name, file)),
        FileType.Manifest => Dump(Manifest.Decode(name, file)),
        FileType.TransactionLog => Dump(TransactionLog.Decode(name, file)),
        _ => Dump(name, RepoInfo.Decode(name, file)),
    };

    internal static JsonObject Dump(string name, RepoInfo repo) => new()
    {
        ["spec_version"] = repo.SpecVersion,
        ["branches"] = Refs(Enumerable.Range(0, repo.BranchCount).Select(repo.BranchAt)),
        ["tags"] = Refs(Enumerable.Range(0, repo.TagCount).Select(repo.TagAt)),
        ["deleted_tags"] = Array(repo.DeletedTags.Select(t => (JsonNode)t)),
        ["snapshots"] = Array(Enumerable.Range(0, repo.SnapshotCount).Select(repo.SnapshotAt).Select(s => new JsonObject
        {
            ["id"] = s.Id.ToString(),
            ["parent"] = s.Parent?.ToString(),
            ["flushed_at"] = s.FlushedAt.Microseconds,
            ["message"] = s.Message,
            ["metadata"] = MetadataItem.ToJson(name, s.Metadata),
        })),
        ["status"] = new JsonObject
        {
            ["availability"] = (int)repo.Status.Availability,
            ["set_at"] = repo.Status.SetAt.Microseconds,
            ["reason"] = repo.Status.Reason,
        },
        ["metadata"] = MetadataItem.ToJson(name, repo.Metadata),
        ["updates"] = Array(Enumerable.Range(0, repo.UpdateCount).Select(repo.UpdateAt).Select(Update)),
        ["before"] = repo.RepoBeforeUpdates,
        ["config"] = repo.Config.IsEmpty ? null : FlexBuffer.Read(name, repo.Config.Span),
        ["enabled"] = Flags(repo.EnabledFeatureFlags),
        ["disabled"] = Flags(repo.DisabledFeatureFlags),
    };

    internal static JsonObject Dump(string name, Snapshot snapshot)
    {
        var json = DumpOfEitherVersion(name, snapshot);
        if (snapshot.Parent is { } parent)
        {
            json["parent"] = parent.ToString();
        }
        return json;
    }

    private static JsonObject DumpOfEitherVersion(string name, Snapshot snapshot) => new()
    {
        ["id"] = snapshot.Id.ToString(),
        ["flushed_at"] = snapshot.FlushedAt.Microseconds,
        ["message"] = snapshot.Message,
        ["metadata"] = MetadataItem.ToJson(name, snapshot.Metadata),
        ["nodes"] = Array(Enumerable.Range(0, snapshot.NodeCount).Select(i => Node(snapshot.NodeAt(i).ToData()))),
        ["manifest_files"] = Array(snapshot.ManifestFiles.Select(f => new JsonArray(f.Id.ToString(), f.SizeBytes, f.ChunkRefCount))),
    };

    internal static JsonObject Dump(Manifest manifest) => new()
    {
        ["id"] = manifest.Id.ToString(),
        ["arrays"] = Array(Enumerable.Range(0, manifest.ArrayCount).Select(manifest.ArrayAt).Select(a => new JsonObject
        {
            ["node"] = a.NodeId.ToString(),
            ["count"] = a.Count,
            ["refs"] = Array(Enumerable.Range(0, Math.Min(8, a.Count)).Select(i => Ref(a[i]))),
        })),
    };

    internal static JsonObject Dump(TransactionLog log) => new()
    {
        ["id"] = log.Id.ToString(),
        ["new_groups"] = Ids(log.NewGroups),
        ["new_arrays"] = Ids(log.NewArrays),
        ["deleted_groups"] = Ids(log.DeletedGroups),
        ["deleted_arrays"] = Ids(log.DeletedArrays),
        ["updated_arrays"] = Ids(log.UpdatedArrays),
        ["updated_groups"] = Ids(log.UpdatedGroups),
        ["chunks"] = Array(log.UpdatedChunks.Select(c => new JsonObject
        {
            ["node"] = c.NodeId.ToString(),
            ["count"] = c.Count,
            ["chunks"] = Array(Enumerable.Range(0, Math.Min(50, c.Count)).Select(i => Numbers(c.CoordinatesAt(i)))),
        })),
        ["moves"] = Array(log.MovedNodes.Select(m => new JsonArray(m.From, m.To, m.Node.ToString(), m.Kind == NodeKind.Array ? 1 : 0))),
    };

    private static JsonObject Update(RepoUpdate update)
    {
        var json = new JsonObject
        {
            ["kind"] = (int)update.Kind,
            ["at"] = update.UpdatedAt.Microseconds,
            ["backup"] = update.BackupPath,
            ["name"] = update.Name,
            ["previous"] = update.PreviousSnapshot?.ToString(),
            ["new"] = update.NewSnapshot?.ToString(),
        };
        if (update.Kind == RepoUpdateKind.FeatureFlagChanged)
        {
            json["flag"] = update.Flag;
            json["value"] = update.FlagValue;
        }
        return json;
    }

    private static JsonObject Node(NodeData node)
    {
        var json = new JsonObject
        {
            ["id"] = node.Id.ToString(),
            ["path"] = node.Path,
            ["document"] = Encoding.UTF8.GetString(node.Document.Span),
            ["kind"] = (int)node.Kind,
        };
        if (node.Kind == NodeKind.Array)
        {
            json["shape"] = Array(node.Shape.Select(d => new JsonArray(d.ArrayLength, d.ChunkCount)));
            json["names"] = node.DimensionNames is { } names ? Array(names.Select(n => (JsonNode?)n)) : null;
            json["manifests"] = Array(node.Manifests.Select(m =>
                new JsonArray(m.Manifest.ToString(), Array(m.Extents.Select(e => new JsonArray(e.From, e.To))))));
        }
        return json;
    }

    private static JsonObject Ref(ChunkRef chunk)
    {
        var index = new uint[chunk.Rank];
        chunk.CopyCoordinates(index);
        var json = new JsonObject
        {
            ["index"] = Numbers(index),
            ["offset"] = chunk.Offset,
            ["length"] = chunk.Length,
            ["etag"] = chunk.ChecksumETag,
            ["modified"] = chunk.ChecksumLastModified,
        };
        switch (chunk.Kind)
        {
            case ChunkKind.Native:
                json["chunk"] = chunk.ChunkId.ToString();
                break;
            case ChunkKind.Inline:
                json["inline"] = Convert.ToHexStringLower(chunk.InlineData.Span);
                break;
            default:
                json["location"] = chunk.IsLocationCompressed ? "compressed" : chunk.Location;
                break;
        }
        return json;
    }

    private static JsonObject Refs(IEnumerable<RepoRef> refs) =>
        new(refs.Select(r => KeyValuePair.Create(r.Name, (JsonNode?)r.Snapshot.ToString())));

    private static JsonArray Ids(IEnumerable<ObjectId8> ids) => Array(ids.Select(id => (JsonNode)id.ToString()));

    private static JsonArray Numbers(IEnumerable<uint> numbers) => Array(numbers.Select(n => (JsonNode)n));

    private static JsonArray? Flags(IEnumerable<ushort>? flags) => flags is null ? null : Array(flags.Select(f => (JsonNode)f));

    private static JsonArray Array(IEnumerable<JsonNode?> items) => new(items.ToArray());
}
