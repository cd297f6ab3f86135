using System.Collections.Immutable;
using System.Text.Json;

namespace ArraylakeFs.Zarr;

/// <summary>Reads <c>chunk_grid</c>.</summary>
internal static class ChunkGridReader
{
    public static ChunkGrid Read(JsonElement root, ImmutableArray<ulong> shape)
    {
        if (!root.TryGetProperty("chunk_grid", out var grid))
        {
            throw new ZarrFormatException("chunk_grid is missing");
        }

        var name = ArrayMetadataReader.NameOf(grid) ?? throw ArrayMetadataReader.NoName("chunk_grid", grid);
        var configuration = ArrayMetadataReader.ConfigurationOf(grid);
        return name switch
        {
            "regular" => ReadRegular(Setting(configuration, "chunk_shape"), shape),
            "rectilinear" => ReadRectilinear(Setting(configuration, "chunk_shapes"), shape),
            _ => throw new ZarrFormatException($"the chunk_grid \"{name}\" is not supported"),
        };
    }

    private static JsonElement Setting(JsonElement configuration, string name) =>
        configuration.ValueKind == JsonValueKind.Object && configuration.TryGetProperty(name, out var setting)
            ? setting
            : throw new ZarrFormatException($"{name} of chunk_grid is missing");

    private static ChunkGrid ReadRegular(JsonElement setting, ImmutableArray<ulong> shape)
    {
        var chunkShape = ArrayMetadataReader.ReadLengths(setting, "chunk_shape");
        CheckRank("chunk_shape", chunkShape.Length, shape);
        var counts = ImmutableArray.CreateBuilder<uint>(shape.Length);
        for (var i = 0; i < shape.Length; i++)
        {
            counts.Add(RegularCount(shape[i], chunkShape[i], i));
        }

        return new ChunkGrid("regular", counts.MoveToImmutable(), chunkShape, [.. chunkShape.Select(ChunkEdges.Regular)]);
    }

    /// <summary>
    /// Per dimension a list of edge lengths, in which <c>[length, count]</c> stands for a run of equal chunks; or one number for chunks
    /// that are all alike.
    /// </summary>
    private static ChunkGrid ReadRectilinear(JsonElement setting, ImmutableArray<ulong> shape)
    {
        if (setting.ValueKind != JsonValueKind.Array)
        {
            throw new ZarrFormatException("chunk_shapes is not a list");
        }

        CheckRank("chunk_shapes", setting.GetArrayLength(), shape);
        var counts = ImmutableArray.CreateBuilder<uint>(shape.Length);
        var edges = ImmutableArray.CreateBuilder<ChunkEdges>(shape.Length);
        foreach (var dimension in setting.EnumerateArray())
        {
            var index = counts.Count;
            if (dimension.ValueKind == JsonValueKind.Array)
            {
                var (count, ofDimension) = ReadEdges(dimension, index);
                counts.Add(count);
                edges.Add(ofDimension);
            }
            else
            {
                var length = ArrayMetadataReader.ReadLength(dimension, $"chunk_shapes[{index}]");
                counts.Add(RegularCount(shape[index], length, index));
                edges.Add(ChunkEdges.Regular(length));
            }
        }

        return new ChunkGrid("rectilinear", counts.MoveToImmutable(), chunkShape: null, edges.MoveToImmutable());
    }

    private static (uint Count, ChunkEdges Edges) ReadEdges(JsonElement edges, int dimension)
    {
        ulong total = 0;
        var runs = ImmutableArray.CreateBuilder<(ulong Length, uint End)>();
        foreach (var edge in edges.EnumerateArray())
        {
            ulong length;
            if (edge.ValueKind == JsonValueKind.Array)
            {
                var run = ArrayMetadataReader.ReadLengths(edge, $"a run of chunk_shapes[{dimension}]");
                if (run.Length != 2)
                {
                    throw new ZarrFormatException($"a run of chunk_shapes[{dimension}] is {JsonText.Excerpt(edge)} where [length, count] is expected");
                }

                // Checked before it is added, so that the sum cannot overflow.
                total += CheckCount(run[1], dimension);
                length = run[0];
            }
            else
            {
                length = ArrayMetadataReader.ReadLength(edge, $"an edge of chunk_shapes[{dimension}]");
                total++;
            }

            var end = CheckCount(total, dimension);
            if (runs.Count > 0 && runs[^1].Length == length)
            {
                runs[^1] = (length, end);
            }
            else
            {
                runs.Add((length, end));
            }
        }

        return ((uint)total, new ChunkEdges(runs.DrainToImmutable()));
    }

    private static uint RegularCount(ulong length, ulong chunkLength, int dimension)
    {
        if (chunkLength == 0 || length == 0)
        {
            return 0;
        }

        return CheckCount(((length - 1) / chunkLength) + 1, dimension);
    }

    private static uint CheckCount(ulong count, int dimension) =>
        count <= uint.MaxValue
            ? (uint)count
            : throw new ZarrFormatException($"dimension {dimension} has {count} chunks, more than the {uint.MaxValue} that Icechunk can number");

    private static void CheckRank(string what, int rank, ImmutableArray<ulong> shape)
    {
        if (rank != shape.Length)
        {
            throw new ZarrFormatException($"{what} has {rank} dimensions, shape has {shape.Length}");
        }
    }
}
