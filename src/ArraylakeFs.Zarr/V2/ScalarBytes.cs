using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace ArraylakeFs.Zarr.V2;

/// <summary>What a fill value is in memory.</summary>
internal static class ScalarBytes
{
    /// <summary>The one that C and Python write; that of .NET has a sign.</summary>
    private static readonly double _notANumber = BitConverter.Int64BitsToDouble(0x7ff8_0000_0000_0000);

    /// <summary>The bytes, little-endian, of a fill value that <see cref="FillValue"/> has set right.</summary>
    public static byte[] Of(JsonElement value, ElementType type)
    {
        var bytes = new byte[type.Size];
        switch (type.Kind)
        {
            case 'b':
                bytes[0] = value.ValueKind == JsonValueKind.True ? (byte)1 : (byte)0;
                break;
            case 'i' or 'u' or 'M' or 'm':
                var number = BigInteger.Parse(value.GetRawText(), CultureInfo.InvariantCulture);
                bytes.AsSpan().Fill(number.Sign < 0 ? (byte)0xff : (byte)0);
                number.TryWriteBytes(bytes, out _, isUnsigned: type.Kind == 'u');
                break;
            case 'f':
                WriteFloat(bytes, FloatOf(value));
                break;
            case 'c':
                WriteFloat(bytes.AsSpan(0, type.Size / 2), FloatOf(value[0]));
                WriteFloat(bytes.AsSpan(type.Size / 2), FloatOf(value[1]));
                break;
            case 'U':
                var text = Encoding.UTF32.GetBytes(value.GetString()!);
                text.AsSpan(0, Math.Min(text.Length, bytes.Length)).CopyTo(bytes);
                break;
            default:
                value.GetBytesFromBase64().CopyTo(bytes, 0);
                break;
        }

        return bytes;
    }

    /// <summary>A float as both formats write it: a number, or NaN and the infinities as texts.</summary>
    public static double FloatOf(JsonElement value) => value.ValueKind == JsonValueKind.Number
        ? double.Parse(value.GetRawText(), CultureInfo.InvariantCulture)
        : value.GetString() switch { "Infinity" => double.PositiveInfinity, "-Infinity" => double.NegativeInfinity, _ => _notANumber };

    /// <summary>A float as a type of so many bytes has it.</summary>
    public static double Rounded(double value, int size) => size switch { 2 => (double)(Half)value, 4 => (float)value, _ => value };

    private static void WriteFloat(Span<byte> bytes, double value)
    {
        switch (bytes.Length)
        {
            case 2:
                BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)value);
                break;
            case 4:
                BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)value);
                break;
            default:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
                break;
        }
    }
}
