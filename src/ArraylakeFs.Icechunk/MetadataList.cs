using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>Lists of metadata items in FlatBuffers.</summary>
internal static class MetadataList
{
    /// <summary>Reads the items of a file of that spec version.</summary>
    internal static MetadataItem[] Read(FlatVector items, byte specVersion = IcechunkFile.SpecVersion)
    {
        var result = new MetadataItem[items.Count];
        for (var i = 0; i < result.Length; i++)
        {
            var item = items.Table(i);
            result[i] = new MetadataItem(
                item.Text(Slots.MetadataItem.Name), item.Bytes(Slots.MetadataItem.Value), specVersion == IcechunkFile.SpecVersion1);
        }
        return result;
    }

    /// <summary>Writes the items sorted by the bytes of their names.</summary>
    internal static int Write(FlatBuilder builder, IReadOnlyList<MetadataItem> items)
    {
        var sorted = items.Select(item => (Name: StrictUtf8.GetBytes(item.Name), Value: item.ToFlexBuffer())).ToArray();
        Array.Sort(sorted, static (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        var offsets = new int[sorted.Length];
        for (var i = sorted.Length - 1; i >= 0; i--)
        {
            offsets[i] = Write(builder, sorted[i].Name, sorted[i].Value.Span);
        }
        return builder.CreateOffsetVector(offsets);
    }

    /// <summary>Writes the items of another file as they are.</summary>
    internal static int Copy(FlatBuilder builder, FlatVector items)
    {
        var offsets = new int[items.Count];
        for (var i = offsets.Length - 1; i >= 0; i--)
        {
            var item = items.Table(i);
            offsets[i] = Write(builder, item.Bytes(Slots.MetadataItem.Name).Span, item.Bytes(Slots.MetadataItem.Value).Span);
        }
        return builder.CreateOffsetVector(offsets);
    }

    private static int Write(FlatBuilder builder, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var valueOffset = builder.CreateBytes(value);
        var nameOffset = builder.CreateString(name);
        builder.StartTable(Slots.MetadataItem.Count);
        builder.AddOffset(Slots.MetadataItem.Name, nameOffset);
        builder.AddOffset(Slots.MetadataItem.Value, valueOffset);
        return builder.EndTable();
    }
}
