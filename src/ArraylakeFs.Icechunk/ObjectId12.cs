using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace ArraylakeFs.Icechunk;

/// <summary>The id of a snapshot, manifest or chunk: 12 bytes. Ordered by its bytes.</summary>
public readonly struct ObjectId12 : IEquatable<ObjectId12>, IComparable<ObjectId12>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 12;

    /// <summary>Length of the text form in characters.</summary>
    public const int TextLength = 20;

    // Big-endian words: comparing them compares the bytes.
    private readonly uint _word0;
    private readonly uint _word1;
    private readonly uint _word2;

    /// <summary>Takes exactly <see cref="Size"/> bytes.</summary>
    /// <exception cref="ArgumentException">Another number of bytes.</exception>
    public ObjectId12(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"An ObjectId12 has {Size} bytes, not {bytes.Length}.", nameof(bytes));
        }
        _word0 = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        _word1 = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        _word2 = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]);
    }

    /// <summary>The snapshot every repository of spec 2 begins with, <c>1CECHNKREP0F1RSTCMT0</c>.</summary>
    public static ObjectId12 InitialSnapshot { get; } = Parse("1CECHNKREP0F1RSTCMT0");

    /// <summary>A new random id.</summary>
    public static ObjectId12 New()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        return new ObjectId12(bytes);
    }

    /// <summary>Reads the text form (Crockford base32, either case).</summary>
    /// <exception cref="FormatException">The text is no such id.</exception>
    public static ObjectId12 Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"\"{text}\" is not an object id of {TextLength} characters.");

    /// <summary>Reads the text form (Crockford base32, either case).</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ObjectId12 id)
    {
        Span<byte> bytes = stackalloc byte[Size];
        if (text is null || !CrockfordBase32.TryDecode(text, bytes))
        {
            id = default;
            return false;
        }
        id = new ObjectId12(bytes);
        return true;
    }

    /// <summary>Writes the bytes to the start of <paramref name="destination"/>, which has room for <see cref="Size"/>.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, _word0);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], _word1);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], _word2);
    }

    /// <summary>The text form, upper case.</summary>
    public override string ToString() => string.Create(TextLength, this, static (text, id) =>
    {
        Span<byte> bytes = stackalloc byte[Size];
        id.CopyTo(bytes);
        CrockfordBase32.Encode(bytes, text);
    });

    /// <inheritdoc/>
    public bool Equals(ObjectId12 other) => _word0 == other._word0 && _word1 == other._word1 && _word2 == other._word2;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ObjectId12 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_word0, _word1, _word2);

    /// <inheritdoc/>
    public int CompareTo(ObjectId12 other)
    {
        if (_word0 != other._word0)
        {
            return _word0.CompareTo(other._word0);
        }
        if (_word1 != other._word1)
        {
            return _word1.CompareTo(other._word1);
        }
        return _word2.CompareTo(other._word2);
    }

    /// <summary>Same bytes.</summary>
    public static bool operator ==(ObjectId12 left, ObjectId12 right) => left.Equals(right);

    /// <summary>Other bytes.</summary>
    public static bool operator !=(ObjectId12 left, ObjectId12 right) => !left.Equals(right);

    /// <summary>Byte order.</summary>
    public static bool operator <(ObjectId12 left, ObjectId12 right) => left.CompareTo(right) < 0;

    /// <summary>Byte order.</summary>
    public static bool operator >(ObjectId12 left, ObjectId12 right) => left.CompareTo(right) > 0;

    /// <summary>Byte order.</summary>
    public static bool operator <=(ObjectId12 left, ObjectId12 right) => left.CompareTo(right) <= 0;

    /// <summary>Byte order.</summary>
    public static bool operator >=(ObjectId12 left, ObjectId12 right) => left.CompareTo(right) >= 0;
}
