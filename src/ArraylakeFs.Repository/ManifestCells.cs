using System.Text.Json;
using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>
/// How the references of one array are spread over manifests (spec: manifest splitting): the grid of chunks is cut into cells of equal size,
/// numbered in lexicographic order, and each cell has a manifest. By default there is one cell.
/// </summary>
internal sealed class ManifestCells
{
    private readonly uint[] _grid;
    private readonly uint[] _sizes;
    private readonly ulong[] _strides;

    private ManifestCells(uint[] grid, uint[] sizes)
    {
        _grid = grid;
        _sizes = sizes;
        _strides = new ulong[grid.Length];
        var count = 1UL;
        for (var i = grid.Length - 1; i >= 0; i--)
        {
            var along = ((ulong)Math.Max(grid[i], 1) + sizes[i] - 1) / sizes[i];
            if (count > ulong.MaxValue / along)
            {
                // More cells than can be numbered, let alone stored: no split along this dimension.
                (_sizes[i], along) = (uint.MaxValue, 1);
            }

            _strides[i] = count;
            count *= along;
        }
    }

    /// <summary>The cells of an array of these numbers of chunks, as the configuration says.</summary>
    public static ManifestCells Of(NodeData array, JsonArray? splitSizes)
    {
        var grid = array.Shape.Select(dimension => dimension.ChunkCount).ToArray();
        var sizes = new uint[grid.Length];
        var rule = splitSizes?.OfType<JsonArray>().FirstOrDefault(rule => rule.Count == 2 && ArrayCondition.Matches(rule[0], array.Path));
        for (var i = 0; i < sizes.Length; i++)
        {
            var name = array.DimensionNames is { } names && i < names.Count ? names[i] : null;
            var match = (rule?[1] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(size => MatchesDimension(size["condition"], i, name));
            sizes[i] = SizeOf(match?["num_chunks"]);
        }

        return new ManifestCells(grid, sizes);
    }

    /// <summary>The number of the cell that holds a chunk of the grid.</summary>
    public ulong CellOf(ReadOnlySpan<uint> coordinates)
    {
        var cell = 0UL;
        for (var i = 0; i < coordinates.Length; i++)
        {
            cell += coordinates[i] / _sizes[i] * _strides[i];
        }

        return cell;
    }

    /// <summary>The one cell that holds all of a manifest's extents which lie in the grid; false when they lie in several, or cannot be told.</summary>
    public bool TryGetCell(IReadOnlyList<ChunkIndexRange> extents, out ulong cell)
    {
        cell = 0;
        if (extents.Count != _grid.Length && extents.Count != 0)
        {
            return false;
        }

        for (var i = 0; i < _grid.Length; i++)
        {
            // No extents at all contain everything.
            var (from, to) = extents.Count == 0 ? (0, _grid[i]) : (extents[i].From, Math.Min(extents[i].To, _grid[i]));
            if (from >= to)
            {
                continue;
            }

            if (from / _sizes[i] != (to - 1) / _sizes[i])
            {
                return false;
            }

            cell += from / _sizes[i] * _strides[i];
        }

        return true;
    }

    /// <summary>Whether a manifest may hold chunks of the grid.</summary>
    public bool Meet(IReadOnlyList<ChunkIndexRange> extents) =>
        extents.Count != _grid.Length || Enumerable.Range(0, _grid.Length).All(i => extents[i].From < Math.Min(extents[i].To, _grid[i]));

    /// <summary>Whether a manifest's extents are known and lie within the grid.</summary>
    public bool Contain(IReadOnlyList<ChunkIndexRange> extents) =>
        extents.Count == _grid.Length && Enumerable.Range(0, _grid.Length).All(i => extents[i].To <= _grid[i]);

    private static bool MatchesDimension(JsonNode? condition, int axis, string? name) => condition switch
    {
        JsonValue value => ArrayCondition.TextOf(value) == "Any",
        JsonObject { Count: 1 } choice => choice.First() switch
        {
            ("Axis", JsonValue number) => number.TryGetValue<long>(out var wanted) && wanted == axis,
            ("DimensionName", JsonValue pattern) => name is not null && ArrayCondition.MatchesText(pattern, name),
            _ => false,
        },
        _ => false,
    };

    private static uint SizeOf(JsonNode? number) =>
        number?.GetValueKind() == JsonValueKind.Number && number.AsValue().TryGetValue<long>(out var size) && size > 0
            ? (uint)Math.Min(size, uint.MaxValue)
            : uint.MaxValue;
}
