using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk.FlexBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// FlexBuffers, the schemaless encoding of metadata values and of the configuration, to and from JSON (icechunk-format.md 3.1).
/// </summary>
public static class FlexBuffer
{
    /// <summary>
    /// Reads a value; null stands for JSON null. Integers become <see cref="long"/> values (<see cref="ulong"/> above its range), floats
    /// <see cref="double"/> (null when not finite, as JSON has no such number), blobs arrays of numbers.
    /// </summary>
    /// <exception cref="IcechunkFormatException">The bytes are no FlexBuffer, or beyond <see cref="Limits"/>.</exception>
    public static JsonNode? Read(string fileName, ReadOnlySpan<byte> bytes) => new FlexReader(fileName, bytes).Read();

    /// <summary>
    /// Writes a value as the official client does: map keys sorted by bytes, smallest widths, vectors of one kind of numbers as typed
    /// vectors.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// A key contains NUL, or the value is nested deeper than <see cref="Limits.MaxValueDepth"/>.
    /// </exception>
    public static byte[] Write(JsonNode? value) => new FlexWriter().Write(value);
}
