using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk.Tests;

public class FlatBufferTests
{
    // Root offset 12; "Ichk"; vtable at 8 with 4 bytes; table at 12 whose vtable is 4 bytes before.
    private const string Smallest = "0c000000 4963686b 04000400 04000000";

    [Theory]
    [InlineData(Smallest, null)]
    [InlineData("", "0 bytes")]
    [InlineData("0c000000 496368", "7 bytes")]
    [InlineData("00000000 4963686b 04000400 04000000", "the root points outside")]
    [InlineData("11000000 4963686b 04000400 04000000", "the root points outside")]
    [InlineData("f8ffffff 4963686b 04000400 04000000", "the root points outside")]
    [InlineData("0d000000 4963686b 04000400 04000000", "a table lies outside")]
    [InlineData("0c000000 4963686b 04000400 10000000", "a vtable lies outside")]
    [InlineData("0c000000 4963686b 04000400 fdffffff", "a vtable lies outside")]
    [InlineData("0c000000 4963686b 04000400 00000080", "a vtable lies outside")]
    [InlineData("0c000000 4963686b 03000400 04000000", "a vtable has an impossible length")]
    [InlineData("0c000000 4963686b ff000400 04000000", "a vtable has an impossible length")]
    public void A_root_table_lies_inside_of_the_file(string hex, string? problem)
    {
        var buffer = new FlatBuffer("x", Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        if (problem is null)
        {
            Assert.Equal(12, buffer.Root().Position);
        }
        else
        {
            Assert.Contains(problem, Assert.Throws<IcechunkFormatException>(() => buffer.Root()).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_table_without_fields_counts_each_time_it_is_reached()
    {
        var buffer = new FlatBuffer("x", Convert.FromHexString(Smallest.Replace(" ", "", StringComparison.Ordinal)));
        for (var bytes = Limits.BytesPerTable + 4; bytes <= Limits.AlwaysAllowedBytes; bytes += Limits.BytesPerTable + 4)
        {
            buffer.Root();
        }
        Assert.Contains("too many times", Assert.Throws<IcechunkFormatException>(() => buffer.Root()).Message, StringComparison.Ordinal);
        buffer.EndCheck();
        buffer.Root();
    }

    [Fact]
    public void Errors_name_the_field()
    {
        var root = new FlatBuffer("manifests/A", Convert.FromHexString(Smallest.Replace(" ", "", StringComparison.Ordinal))).Root();
        var error = Assert.Throws<IcechunkFormatException>(() => root.Vector(Slots.Manifest.Arrays, 4));
        Assert.Equal("manifests/A: the file is corrupt: Manifest.Arrays is missing.", error.Message);
    }

    [Fact]
    public void Tables_of_the_same_layout_share_their_vtable()
    {
        var builder = new FlatBuilder();
        int Add()
        {
            builder.StartTable(Slots.DimensionShapeV2.Count);
            builder.Add(Slots.DimensionShapeV2.ArrayLength, 7UL);
            builder.Add(Slots.DimensionShapeV2.NumChunks, 3U);
            return builder.EndTable();
        }
        Add();
        var before = builder.Length;
        for (var i = 0; i < 100; i++)
        {
            Add();
        }
        Assert.Equal(100 * 16, builder.Length - before);
    }
}
