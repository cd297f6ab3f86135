using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace ArraylakeFs.Icechunk;

/// <summary>The id of a node: 8 bytes. Ordered by its bytes.</summary>
public readonly struct ObjectId8 : IEquatable<ObjectId8>, IComparable<ObjectId8>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 8;

    /// <summary>Length of the text form in characters.</summary>
    public const int TextLength = 13;

    // Big-endian words: comparing them compares the bytes.
    private readonly uint _word0;
    private readonly uint _word1;

    /// <summary>Takes exactly <see cref="Size"/> bytes.</summary>
    /// <exception cref="ArgumentException">Another number of bytes.</exception>
    public ObjectId8(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"An ObjectId8 has {Size} bytes, not {bytes.Length}.", nameof(bytes));
        }
        _word0 = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        _word1 = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
    }

    /// <summary>A new random id.</summary>
    public static ObjectId8 New()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        return new ObjectId8(bytes);
    }

    /// <summary>Reads the text form (Crockford base32, either case).</summary>
    /// <exception cref="FormatException">The text is no such id.</exception>
    public static ObjectId8 Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"\"{text}\" is not an object id of {TextLength} characters.");

    /// <summary>Reads the text form (Crockford base32, either case).</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ObjectId8 id)
    {
        Span<byte> bytes = stackalloc byte[Size];
        if (text is null || !CrockfordBase32.TryDecode(text, bytes))
        {
            id = default;
            return false;
        }
        id = new ObjectId8(bytes);
        return true;
    }

    /// <summary>Writes the bytes to the start of <paramref name="destination"/>, which has room for <see cref="Size"/>.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, _word0);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], _word1);
    }

    /// <summary>The text form, upper case.</summary>
    public override string ToString() => string.Create(TextLength, this, static (text, id) =>
    {
        Span<byte> bytes = stackalloc byte[Size];
        id.CopyTo(bytes);
        CrockfordBase32.Encode(bytes, text);
    });

    /// <inheritdoc/>
    public bool Equals(ObjectId8 other) => _word0 == other._word0 && _word1 == other._word1;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ObjectId8 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_word0, _word1);

    /// <inheritdoc/>
    public int CompareTo(ObjectId8 other)
    {
        if (_word0 != other._word0)
        {
            return _word0.CompareTo(other._word0);
        }
        return _word1.CompareTo(other._word1);
    }

    /// <summary>Same bytes.</summary>
    public static bool operator ==(ObjectId8 left, ObjectId8 right) => left.Equals(right);

    /// <summary>Other bytes.</summary>
    public static bool operator !=(ObjectId8 left, ObjectId8 right) => !left.Equals(right);

    /// <summary>Byte order.</summary>
    public static bool operator <(ObjectId8 left, ObjectId8 right) => left.CompareTo(right) < 0;

    /// <summary>Byte order.</summary>
    public static bool operator >(ObjectId8 left, ObjectId8 right) => left.CompareTo(right) > 0;

    /// <summary>Byte order.</summary>
    public static bool operator <=(ObjectId8 left, ObjectId8 right) => left.CompareTo(right) <= 0;

    /// <summary>Byte order.</summary>
    public static bool operator >=(ObjectId8 left, ObjectId8 right) => left.CompareTo(right) >= 0;
}
