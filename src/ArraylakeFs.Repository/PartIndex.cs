using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>
/// Finds the manifest of an array that answers for a chunk: the first whose extents contain it, as the official client does. An array
/// may have thousands of manifests, which a sane writer does not let overlap: cut after cut along the dimensions tells them apart, and a
/// lookup is a few binary searches. Only those that no cut tells apart are looked through one by one.
/// </summary>
internal sealed class PartIndex
{
    /// <summary>Merged cells beside fine ones need a second round of cuts; no more than that is known from real repositories.</summary>
    private const int Rounds = 4;

    private readonly ArrayChunks.Part[] _parts;
    private readonly int _rank;
    private readonly bool[] _isAlone;
    private readonly Group _root;

    /// <summary>The index for an array of <paramref name="rank"/> dimensions.</summary>
    public PartIndex(ArrayChunks.Part[] parts, int rank)
    {
        _parts = parts;
        _rank = Math.Min(rank, Limits.MaxRank);
        _isAlone = new bool[parts.Length];
        var members = new List<int>(parts.Length);
        for (var part = 0; part < parts.Length; part++)
        {
            // One that contains nothing is in nobody's way.
            _isAlone[part] = parts[part].IsEmpty(_rank);
            if (!_isAlone[part])
            {
                members.Add(part);
            }
        }

        _root = Divide([.. members], 0);
    }

    /// <summary>The most manifests that lie over one another, as far as cuts can tell.</summary>
    public int LargestOverlap { get; private set; } = 1;

    /// <summary>Whether no other manifest can answer for a chunk within this one's extents.</summary>
    public bool IsAlone(int part) => _isAlone[part];

    /// <summary>
    /// All manifests but the empty ones, in groups that have no coordinates in common; those of one group may. In each group they stand in
    /// their own order.
    /// </summary>
    public IEnumerable<int[]> Groups()
    {
        var open = new Stack<Group>([_root]);
        while (open.TryPop(out var group))
        {
            if (group.Members.Length > 0)
            {
                yield return group.Members;
            }

            foreach (var child in group.Children.Reverse())
            {
                open.Push(child);
            }
        }
    }

    /// <summary>The manifest to look into for coordinates of the array's rank; −1 when there is none. Allocates nothing.</summary>
    public int Find(ReadOnlySpan<uint> coordinates)
    {
        var group = _root;
        while (group.Children.Length > 0)
        {
            var position = Array.BinarySearch(group.Starts, coordinates[group.Dimension]);
            position = position >= 0 ? position : ~position - 1;
            if (position < 0)
            {
                return -1;
            }

            group = group.Children[position];
        }

        foreach (var part in group.Members)
        {
            if (_parts[part].Contains(coordinates))
            {
                return part;
            }
        }

        return -1;
    }

    private Group Divide(int[] members, int cut)
    {
        for (; members.Length > 1 && cut < Rounds * _rank; cut++)
        {
            var dimension = cut % _rank;
            var (starts, children) = Cut(members, dimension);
            if (children.Count > 1)
            {
                return new Group(dimension, [.. starts], [.. children.Select(child => Divide(child, cut + 1))], []);
            }
        }

        if (members.Length == 1)
        {
            _isAlone[members[0]] = true;
        }

        LargestOverlap = Math.Max(LargestOverlap, members.Length);
        Array.Sort(members);
        return new Group(0, [], [], members);
    }

    /// <summary>The members in groups that have nothing in common along one dimension, in its order, and where each group starts.</summary>
    private (List<long> Starts, List<int[]> Groups) Cut(int[] members, int dimension)
    {
        var ranges = Array.ConvertAll(members, part => _parts[part].RangeOf(dimension));
        Array.Sort(ranges, members, Comparer<(long From, long To)>.Create(static (a, b) => a.From.CompareTo(b.From)));
        var starts = new List<long>();
        var groups = new List<int[]>();
        for (int first = 0, next; first < members.Length; first = next)
        {
            var end = ranges[first].To;
            for (next = first + 1; next < members.Length && ranges[next].From < end; next++)
            {
                end = Math.Max(end, ranges[next].To);
            }

            starts.Add(ranges[first].From);
            groups.Add(members[first..next]);
        }

        return (starts, groups);
    }

    /// <summary>Manifests that are told apart along a dimension, or, without children, those that cannot be.</summary>
    private sealed record Group(int Dimension, long[] Starts, Group[] Children, int[] Members);
}
