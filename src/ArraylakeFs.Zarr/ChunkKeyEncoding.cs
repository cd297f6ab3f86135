using System.Globalization;

namespace ArraylakeFs.Zarr;

/// <summary>
/// How the chunks of an array are named below its directory (Zarr v3 core specification, chunk key encodings).
/// </summary>
/// <remarks>
/// <para>The four encodings, for the chunk (0, 1) and for the only chunk of a 0-dimensional array:
/// <c>default /</c>: <c>c/0/1</c>, <c>c</c>; <c>default .</c>: <c>c.0.1</c>, <c>c</c>; <c>v2 .</c>: <c>0.1</c>, <c>0</c>;
/// <c>v2 /</c>: <c>0/1</c>, <c>0</c>.</para>
/// <para>A key is a path of <see cref="KeyParts"/> parts: one, where the separator is a point. A directory tree can be walked part by
/// part: the first n parts fix the first <see cref="CoordinatesFixedBy"/>(n) coordinates, fewer than <see cref="KeyParts"/> parts name a
/// directory, all of them the chunk. Only canonical decimals are keys: <c>c/01</c>, <c>c/+1</c> and <c>c/4294967296</c> are not.</para>
/// </remarks>
public sealed class ChunkKeyEncoding
{
    /// <summary><c>c/0/1</c></summary>
    public static readonly ChunkKeyEncoding DefaultSlash = new("default", '/');

    /// <summary><c>c.0.1</c></summary>
    public static readonly ChunkKeyEncoding DefaultDot = new("default", '.');

    /// <summary><c>0.1</c></summary>
    public static readonly ChunkKeyEncoding V2Dot = new("v2", '.');

    /// <summary><c>0/1</c></summary>
    public static readonly ChunkKeyEncoding V2Slash = new("v2", '/');

    private const int MaxDecimalLength = 10;

    private readonly bool _prefixed;

    private ChunkKeyEncoding(string name, char separator)
    {
        Name = name;
        Separator = separator;
        _prefixed = name == "default";
    }

    /// <summary><c>default</c> or <c>v2</c>.</summary>
    public string Name { get; }

    /// <summary><c>/</c> or <c>.</c></summary>
    public char Separator { get; }

    /// <summary>The encoding of a Zarr v2 view of the array: the same separator, without the prefix. <c>c/0/1</c> is <c>0/1</c> there.</summary>
    public ChunkKeyEncoding ToV2() => Separator == '/' ? V2Slash : V2Dot;

    /// <summary>The key of a chunk, below the array's directory.</summary>
    public string Format(ReadOnlySpan<uint> coordinates)
    {
        if (coordinates.IsEmpty)
        {
            return _prefixed ? "c" : "0";
        }

        var capacity = 1 + (coordinates.Length * (MaxDecimalLength + 1));
        var key = capacity <= 256 ? stackalloc char[capacity] : new char[capacity];
        var length = 0;
        if (_prefixed)
        {
            key[length++] = 'c';
        }

        foreach (var coordinate in coordinates)
        {
            if (length > 0)
            {
                key[length++] = Separator;
            }

            coordinate.TryFormat(key[length..], out var written, default, CultureInfo.InvariantCulture);
            length += written;
        }

        return new string(key[..length]);
    }

    /// <summary>Reads the key of a chunk of an array of <paramref name="rank"/> dimensions. False if it is none.</summary>
    /// <param name="key">The path below the array's directory.</param>
    /// <param name="rank">The array's dimensions.</param>
    /// <param name="coordinates">Receives the coordinates; holds at least <paramref name="rank"/>.</param>
    public bool TryParse(ReadOnlySpan<char> key, int rank, Span<uint> coordinates)
    {
        if (rank == 0)
        {
            return key is [var only] && only == (_prefixed ? 'c' : '0');
        }

        if (_prefixed)
        {
            if (key.Length < 2 || key[0] != 'c' || key[1] != Separator)
            {
                return false;
            }

            key = key[2..];
        }

        for (var i = 0; i < rank - 1; i++)
        {
            var end = key.IndexOf(Separator);
            if (end < 0 || !TryParseDecimal(key[..end], out coordinates[i]))
            {
                return false;
            }

            key = key[(end + 1)..];
        }

        return TryParseDecimal(key, out coordinates[rank - 1]);
    }

    /// <summary>The number of path parts of a key.</summary>
    public int KeyParts(int rank) => Separator == '.' ? 1 : _prefixed ? rank + 1 : Math.Max(rank, 1);

    /// <summary>The number of leading coordinates that the first <paramref name="parts"/> parts of a key fix.</summary>
    public int CoordinatesFixedBy(int parts, int rank)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(parts);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parts, KeyParts(rank));
        return parts == 0 ? 0
            : Separator == '.' ? rank
            : _prefixed ? parts - 1
            : Math.Min(parts, rank);
    }

    /// <summary>One part of the key of a chunk.</summary>
    /// <param name="index">Which part, from 0.</param>
    /// <param name="coordinates">The chunk's coordinates.</param>
    public string Part(int index, ReadOnlySpan<uint> coordinates)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, KeyParts(coordinates.Length));
        return Separator == '.' || coordinates.IsEmpty ? Format(coordinates)
            : !_prefixed ? coordinates[index].ToString(CultureInfo.InvariantCulture)
            : index == 0 ? "c"
            : coordinates[index - 1].ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Reads one part of a key and stores the coordinates that it fixes. False if the name cannot be that part.</summary>
    /// <param name="index">Which part, from 0.</param>
    /// <param name="part">The name of the file or directory.</param>
    /// <param name="rank">The array's dimensions.</param>
    /// <param name="coordinates">
    /// Holds at least <paramref name="rank"/>. Only those from <see cref="CoordinatesFixedBy"/>(index) up to
    /// <see cref="CoordinatesFixedBy"/>(index + 1) are written, and they mean something only if the answer is true.
    /// </param>
    public bool TryParsePart(int index, ReadOnlySpan<char> part, int rank, Span<uint> coordinates)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (index >= KeyParts(rank))
        {
            return false;
        }

        if (Separator == '.' || rank == 0)
        {
            return TryParse(part, rank, coordinates);
        }

        if (_prefixed)
        {
            return index == 0 ? part is "c" : TryParseDecimal(part, out coordinates[index - 1]);
        }

        return TryParseDecimal(part, out coordinates[index]);
    }

    /// <summary>As <c>default /</c>.</summary>
    public override string ToString() => $"{Name} {Separator}";

    private static bool TryParseDecimal(ReadOnlySpan<char> text, out uint value)
    {
        value = 0;
        return text.Length is > 0 and <= MaxDecimalLength
            && (text[0] != '0' || text.Length == 1)
            && !text.ContainsAnyExceptInRange('0', '9')
            && uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
